#pragma once

#include <algorithm>
#include <cstdint>

#include "acrtc/reuse/im2col.hpp"

namespace acrtc::reuse {

/// Which of `length` neighbouring output pixels see the image, not the padding beside it, through a tap that shows the
/// first of them input column x.
inline Range inside_image(const ConvGeometry& g, std::int64_t x, std::int64_t length) {
  const auto pixels = [&](std::int64_t distance) {
    if (distance <= 0 || g.stride_w == 1) return std::max<std::int64_t>(0, distance);
    return (distance + g.stride_w - 1) / g.stride_w;
  };
  const std::int64_t begin = std::min(length, pixels(-x));
  return {begin, std::clamp(pixels(g.input.width - x), begin, length)};
}

/// Writes what those pixels see, element by element: for strides, and at the ends of the tensor. `from`: what the first
/// would see.
template <class T>
void copy_padded(const T* from, std::int64_t stride, Range inside, std::int64_t length, T* to) {
  std::fill(to, to + inside.begin, T{0});
  for (std::int64_t i = inside.begin; i < inside.end; ++i) to[i] = from[i * stride];
  std::fill(to + inside.end, to + length, T{0});
}

}  // namespace acrtc::reuse
