#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dataset/loader.hpp"
#include "acrtc/dataset/order.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::train {

/// Where in the run a step stands.
struct StepPlace {
  std::int64_t step = 0, epoch = 0, step_of_epoch = 0;
};

struct MicroBatch {
  std::span<const std::uint32_t> samples;
  const dataset::Batch& content;
};

/// What a rank's nodes train on in the rest of an epoch: step by step, node by node, micro-batch by micro-batch, read
/// ahead. Bits depend neither on ranks and threads nor on where in the epoch it begins.
class EpochBatches {
 public:
  /// `steps` steps from `place` on. What `parts` refers to must outlive this.
  EpochBatches(const TrainParts& parts, const TrainOptions& options, const StepPlace& place, std::int64_t steps);

  /// Valid until the next call. Throws UserError where a sample cannot be read.
  MicroBatch next();

 private:
  /// Of micro-batch `number` since the start of the epoch.
  std::span<const std::uint32_t> samples(std::int64_t number) const;

  dataset::EpochOrder order_;
  Range nodes_;
  std::int64_t all_nodes_, micro_batches_, micro_batch_;
  std::int64_t next_;  ///< micro-batch since the start of the epoch
  dataset::Loader loader_;
};

/// The dataset's samples among these that were broken; others stand in for them. They have been read.
std::uint64_t count_broken(const dataset::Dataset& dataset, dataset::Split split,
                           std::span<const std::uint32_t> samples);

/// For a network that computes on `threads` threads.
dataset::Loader::Options loader_options(const Loading& loading, int threads);

}  // namespace acrtc::train
