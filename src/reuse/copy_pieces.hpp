#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"

namespace acrtc::reuse {

/// Writes `length` elements, at least one, of each piece from + pieces[i] to row i of `to`.
void copy_pieces(const float* from, std::span<const std::int64_t> pieces, std::int64_t length, MatrixView<float> to);
void copy_pieces(const std::uint16_t* from, std::span<const std::int64_t> pieces, std::int64_t length,
                 MatrixView<std::uint16_t> to);

}  // namespace acrtc::reuse
