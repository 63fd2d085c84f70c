#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/reuse/im2col.hpp"

namespace acrtc::test {

/// Forward and backward of one layer.
struct LayerResult {
  std::vector<float> y, dx, dw, db;
};

/// What a layer works on: input, weight, bias and the output's gradient.
struct LayerData {
  std::span<const float> x, w, b, dy;
};

/// oneDNN's own convolution, x[n, c, h, w], weights [outputs, channels / groups, kh, kw]. `geometry` is one group's.
LayerResult onednn_convolution(const reuse::ConvGeometry& geometry, std::int64_t outputs, const LayerData& data);

/// oneDNN's own inner product, x[samples, features], weights [outputs, features].
LayerResult onednn_inner_product(std::int64_t samples, std::int64_t features, std::int64_t outputs,
                                 const LayerData& data);

/// A window that takes maxima or, of what it covers of the image, means.
struct PoolWindow {
  bool is_mean = false;
  SampleShape input, output;
  std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0;
};

/// oneDNN's own pooling: y and dx of data's x and dy. Its sums of gradients are in an order of its own.
LayerResult onednn_pooling(const PoolWindow& window, std::int64_t samples, const LayerData& data);

}  // namespace acrtc::test
