#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/matmul.hpp"

namespace acrtc::reuse {

/// FP32 products with columns of im2col where they lie, as pieces of planes (see ShiftedPlanes): no matrix is made of
/// them first. Pixels are multiplied by vectors, with the weights of a strip of output channels at a time.
inline constexpr std::int64_t pixel_lanes = 16;
inline constexpr std::int64_t strip_channels = 8;

/// What a strip of so many channels is padded to: 4 or 8.
inline std::int64_t padded_strip(std::int64_t channels) { return channels > 4 ? 8 : 4; }

/// True where the CPU has such vectors, and oneDNN multiplies by such: then both add alike, bit for bit.
bool can_multiply_planes();

/// c[j][16 v + i] = or += sum over k of weights[k][j] * vectors[v][taps[k] + i], for a padded strip of channels j.
/// At most dense::longest_k taps; added like dense::Matmul's products.
void multiply_planes(std::span<const float* const> vectors, std::span<const std::int64_t> taps, const float* weights,
                     dense::MatmulSpec::Write write, MatrixView<float> c);

}  // namespace acrtc::reuse
