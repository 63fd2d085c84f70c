#pragma once

#include <cstdint>

#include "acrtc/base/tensor.hpp"
#include "window.hpp"

namespace acrtc::network {

/// One pooling window over x[n, c, h, w]. The last window of a row or column may reach past the padding; what it does
/// not cover is not counted. Every window covers at least one input.
struct PoolingSpec {
  enum class Kind { max, average } kind = Kind::max;  ///< average: over the inputs covered, padding not among them
  SampleShape input, output;
  Window window;

  std::int64_t taps() const { return window.kernel_h * window.kernel_w; }
  std::int64_t input_plane() const { return input.height * input.width; }
  std::int64_t output_plane() const { return output.height * output.width; }
};

}  // namespace acrtc::network
