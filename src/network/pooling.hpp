#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/values.hpp"
#include "pooling_plan.hpp"

namespace acrtc::network {

/// Pooling forward and backward of tensors of any format. Sums are FP32, in ascending order of inputs, and of outputs
/// on the way back, and rounded once: results depend neither on threads nor on the instruction set. Not thread-safe.
class Pooling {
 public:
  explicit Pooling(const PoolingSpec& spec);

  /// x[samples, input] -> y[samples, output]; remembers which inputs were the largest, the first of equal ones. A NaN
  /// is larger than any number.
  void forward(int threads, reuse::ConstValues x, reuse::Values y);
  /// Of the last forward(), which had as many samples. dy[samples, output] -> dx[samples, input], overwritten.
  void backward(int threads, reuse::ConstValues dy, reuse::Values dx) const;

  /// Bytes of what forward() keeps for backward().
  std::int64_t memory_bytes() const { return static_cast<std::int64_t>(winners_.size()); }

 private:
  std::int64_t planes_together() const;
  std::size_t winner_bytes(std::int64_t planes) const;

  PoolingSpec spec_;
  std::optional<PoolingPlan> plan_;  ///< of windows that it suits
  AlignedBuffer<std::byte> winners_;
};

}  // namespace acrtc::network
