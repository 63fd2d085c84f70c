#pragma once

#include <cstdint>
#include <memory>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/element.hpp"
#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

/// One pooling window over x[n, c, h, w]. The last window of a row or column may reach past the padding; what it does
/// not cover is not counted. Every window must cover at least one input.
struct PoolingSpec {
  enum class Kind { max, average } kind = Kind::max;  ///< average: over the inputs covered, padding not among them
  SampleShape input, output;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_h = 0, pad_w = 0;
  Element element = Element::f32;  ///< of all tensors; sums are FP32 and rounded once
};

/// Pooling forward and backward. Primitives are made on the first batch of a size and kept. Not thread-safe; uses the
/// engine's threads, and its results do not depend on their number.
class Pooling {
 public:
  Pooling(const PoolingSpec& spec, Engine& engine);
  ~Pooling();

  /// x[samples, input] -> y[samples, output]; remembers which inputs were the largest.
  void forward(std::int64_t samples, const void* x, void* y);
  /// Of the last forward(), which had as many samples. dy[samples, output] -> dx[samples, input], overwritten.
  void backward(std::int64_t samples, const void* dy, void* dx);

  /// Bytes of what forward() keeps for backward().
  std::int64_t memory_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
