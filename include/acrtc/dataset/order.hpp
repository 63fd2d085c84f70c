#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace acrtc::dataset {

/// The order of one epoch's training samples: one global permutation, a function of seed and epoch alone, so that the
/// samples of a global batch do not depend on how many nodes or ranks share it. An incomplete last batch is dropped.
/// Runs of `run` samples that lie in sequence are moved as one: a node's share is then read in long pieces, and what a
/// batch mixes is as random as the order in which the samples were packed.
class EpochOrder {
 public:
  /// Throws UserError where `samples` do not fill one global batch.
  EpochOrder(std::int64_t samples, std::int64_t global_batch, std::uint64_t seed, std::uint32_t epoch,
             std::int64_t run = 1);

  std::int64_t steps() const { return static_cast<std::int64_t>(order_.size()) / global_batch_; }
  /// Sample indices of node `node` of `nodes` in step `step` of this epoch: a contiguous share of the global batch,
  /// valid as long as this object. `nodes` divides the global batch; all shares are equal.
  std::span<const std::uint32_t> share(std::int64_t step, std::int64_t node, std::int64_t nodes) const;

 private:
  std::vector<std::uint32_t> order_;
  std::int64_t global_batch_;
};

}  // namespace acrtc::dataset
