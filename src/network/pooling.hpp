#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/values.hpp"
#include "pooling_spec.hpp"

namespace acrtc::network {

class PoolingKernel;

/// Pooling forward and backward of tensors of a format. Sums are FP32, in ascending order of inputs, and of outputs
/// on the way back, and rounded once: results depend neither on threads nor on the instruction set. Not thread-safe.
class Pooling {
 public:
  Pooling(const PoolingSpec& spec, reuse::Format format);
  ~Pooling();

  /// x[samples, input] -> y[samples, output]; remembers which inputs were the largest, the first of equal ones. A NaN
  /// is larger than any number; which one of several is not said.
  void forward(int threads, reuse::ConstValues x, reuse::Values y);
  /// Of the last forward(), which had as many samples. dy[samples, output] -> dx[samples, input], overwritten.
  void backward(int threads, reuse::ConstValues dy, reuse::Values dx) const;

  /// Bytes of what forward() keeps for backward().
  std::int64_t memory_bytes() const { return static_cast<std::int64_t>(winners_.size()); }

 private:
  PoolingSpec spec_;
  std::unique_ptr<PoolingKernel> kernel_;
  AlignedBuffer<std::byte> winners_;
};

}  // namespace acrtc::network
