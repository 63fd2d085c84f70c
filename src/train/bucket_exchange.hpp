#pragma once

#include <memory>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/comm/communicator.hpp"
#include "acrtc/train/gradient_sum.hpp"

namespace acrtc::train {

/// The sums over this rank's nodes, in one bucket: `parts[i]` belongs to the i-th of LocalSumPlan::partials, the last
/// lies in the gradients themselves. All may be overwritten, and must live until finish().
struct BucketPartials {
  int bucket = 0;
  std::vector<std::span<float>> parts;

  std::span<float> gradients() const { return parts.back(); }
};

/// Sums buckets over ranks without blocking. All ranks start the same buckets in the same order.
class BucketExchange {
 public:
  virtual ~BucketExchange() = default;

  virtual void begin_step(double factor) = 0;
  virtual void start(BucketPartials partials) = 0;
  /// Moves on what can be moved on; cheap, never blocks.
  virtual void progress() = 0;
  /// Waits until factor times the sum over all nodes stands in the gradients of every bucket started.
  virtual void finish() = 0;
};

std::unique_ptr<BucketExchange> make_tree_exchange(const GradientSumOptions& options, const comm::Communicator& ranks);
std::unique_ptr<BucketExchange> make_all_reduce_exchange(const GradientSumOptions& options,
                                                         const comm::Communicator& ranks);

}  // namespace acrtc::train
