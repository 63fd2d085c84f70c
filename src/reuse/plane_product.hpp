#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/matmul.hpp"

namespace acrtc::reuse {

/// Products with columns of im2col where they lie, as pieces of planes (see ShiftedPlanes): no matrix is made of them
/// first. Vectors hold neighbouring pixels; the weights of a strip of output channels are multiplied at a time.
inline constexpr std::int64_t strip_channels = 8;

/// What a strip of so many channels is padded to: 4 or 8.
inline std::int64_t padded_strip(std::int64_t channels) { return channels > 4 ? 8 : 4; }

/// Pixels of a vector.
template <class M>
inline constexpr std::int64_t pixel_lanes = 64 / sizeof(M);

/// True where the CPU has such vectors, and oneDNN multiplies by such: then both add alike, bit for bit.
bool can_multiply_planes(dense::Element element);

/// c[j][lanes v + i] = or += sum over k of weights[k][j] * vectors[v][taps[k] + i]. c is [padded strip x lanes times
/// vectors], weights [taps x padded strip] in units of 32 bits: FP32 values, or two successive k of bf16, an odd last
/// one beside zero. At most dense::longest_k taps. Added like dense::Matmul's products, to the same bits but for the
/// payload of NaNs.
void multiply_planes(std::span<const float* const> vectors, std::span<const std::int64_t> taps,
                     const std::uint32_t* weights, dense::MatmulSpec::Write write, MatrixView<float> c);
void multiply_planes(std::span<const std::uint16_t* const> vectors, std::span<const std::int64_t> taps,
                     const std::uint32_t* weights, dense::MatmulSpec::Write write, MatrixView<float> c);

}  // namespace acrtc::reuse
