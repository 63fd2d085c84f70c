#pragma once

#include <cstdint>
#include <memory>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

/// Local response normalisation (Krizhevsky et al., NIPS 2012, section 3.3, with alpha divided by the values summed, as
/// Caffe does): y = x / (offset + alpha * mean of squares)^beta. The mean is over `size` neighbouring channels, or over
/// size x size pixels of one channel; what lies outside the image counts as zero.
struct LrnSpec {
  enum class Region { across_channels, within_channel } region = Region::across_channels;
  SampleShape shape;
  std::int64_t size = 5;  ///< odd
  float alpha = 1e-4F, beta = 0.75F, offset = 1;
};

/// The normalisation in both directions. Primitives are made on the first batch of a size and kept. Not thread-safe;
/// uses the engine's threads, and its results do not depend on their number.
class Lrn {
 public:
  Lrn(const LrnSpec& spec, Engine& engine);
  ~Lrn();

  /// x[samples, shape] -> y[samples, shape].
  void forward(std::int64_t samples, const float* x, float* y);
  /// Of the last forward(), which had as many samples. x, dy[samples, shape] -> dx[samples, shape], overwritten.
  void backward(std::int64_t samples, const float* x, const float* dy, float* dx);

  /// Bytes of what forward() keeps for backward().
  std::int64_t memory_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
