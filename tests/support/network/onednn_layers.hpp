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

}  // namespace acrtc::test
