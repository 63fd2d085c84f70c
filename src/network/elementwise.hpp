#pragma once

#include <cstdint>
#include <span>

#include "acrtc/network/activations.hpp"
#include "acrtc/network/gemm_runner.hpp"

/// Passes over whole tensors on all threads. Results do not depend on the number of threads.
namespace acrtc::network {

/// Rounds FP32 numbers into a tensor, which may be their own memory.
void round_into(const dense::Engine& engine, std::span<const float> from, reuse::Values to);
/// Rounds what was computed in place: FP32 numbers, as others cannot hold what is not rounded.
void round_in_place(const dense::Engine& engine, reuse::Values values);
void widen(const dense::Engine& engine, reuse::ConstValues from, std::span<float> to);
/// to += from, rounded.
void add(const dense::Engine& engine, reuse::ConstValues from, reuse::Values to);
/// The sum of all terms, rounded once.
void sum(const dense::Engine& engine, std::span<const reuse::ConstValues> terms, reuse::Values to,
         reuse::Rectified rectified = reuse::Rectified::no);
/// The derivative of max(0, x), told from its result y: dx = y > 0 ? dy : 0, for each of dxs. The first of
/// them may be dy's memory.
void derectify(const dense::Engine& engine, reuse::ConstValues y, reuse::ConstValues dy,
               std::span<const reuse::Values> dxs);
void copy(const dense::Engine& engine, reuse::ConstValues from, reuse::Values to);

/// The gradient of a bias: db[c] = the sum of dy[n, c, pixels] over samples in order and their pixels, in a fixed
/// order.
void sum_channels(const dense::Engine& engine, reuse::ConstValues dy, std::int64_t pixels, std::span<float> db);

}  // namespace acrtc::network
