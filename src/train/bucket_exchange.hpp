#pragma once

#include <memory>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/comm/communicator.hpp"
#include "acrtc/train/gradient_sum.hpp"
#include "acrtc/train/rank_slices.hpp"
#include "vector_math.hpp"

namespace acrtc::train {

/// The sums over this rank's nodes, in one bucket: `parts[i]` belongs to the i-th of LocalSumPlan::partials, the last
/// lies in the gradients themselves. All may be overwritten, and must live until finish().
struct BucketPartials {
  int bucket = 0;
  Range range;  ///< of all gradients
  std::vector<std::span<float>> parts;

  std::span<float> gradients() const { return parts.back(); }
};

/// Sums buckets over ranks without blocking. All ranks start the same buckets in the same order.
class BucketExchange {
 public:
  virtual ~BucketExchange() = default;

  /// Where finish() leaves the sum.
  virtual RankSlices slices() const = 0;

  /// `norm` measures what finish() leaves on all ranks; null where that is the only node's gradients as they are.
  virtual void begin_step(double factor, ChunkedNorm* norm) = 0;
  virtual void start(BucketPartials partials) = 0;
  /// Moves on what can be moved on; cheap, never blocks.
  virtual void progress() = 0;
  /// Waits until factor times the sum over all nodes stands in this rank's slices of every bucket started.
  virtual void finish() = 0;
};

/// `gradients`: all of them, owned by the caller. Other ranks that see them write into them: partial sums of what they
/// finish.
std::unique_ptr<BucketExchange> make_tree_exchange(const comm::HostArray& gradients, const GradientSumOptions& options,
                                                   const comm::Communicator& ranks);
std::unique_ptr<BucketExchange> make_all_reduce_exchange(std::span<float> gradients, const GradientSumOptions& options,
                                                         const comm::Communicator& ranks);

}  // namespace acrtc::train
