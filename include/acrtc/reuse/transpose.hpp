#pragma once

#include <cstdint>

#include "acrtc/base/tensor.hpp"

namespace acrtc::reuse {

/// to[c][r] = from[r][c], bit for bit.
void transpose(MatrixView<const float> from, MatrixView<float> to);
void transpose(MatrixView<const std::uint32_t> from, MatrixView<std::uint32_t> to);
void transpose(MatrixView<const std::uint16_t> from, MatrixView<std::uint16_t> to);

}  // namespace acrtc::reuse
