#pragma once

#include "acrtc/reuse/count.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "acrtc/reuse/window.hpp"

namespace acrtc::reuse {

/// Multipliers of a dot-product unit: the setting of every scheme that runs on tensor cores.
inline const Setting<std::int64_t> lanes_setting{
    .name = "lanes", .fallback = 4, .help = "depth of a dot-product unit, a power of two", .min = 1, .max = 16};
/// Throws UserError where they are no divisor of 16.
std::int64_t read_lanes(const Settings& settings);

/// Counts of a dense m x n x k GEMM on dot-product units of `lanes` multipliers: nothing compared, nothing reused.
/// Its zeros are left 0: only a look at the operand tells.
ReuseCount dense_count(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t lanes);

/// Counts of the whole GEMM from what comparing its operand found: each product kept is done for all n columns, each
/// beat for every four of them.
ReuseCount count_of(const WindowCount& found, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t lanes);

/// Runs the GEMM dense; zeros are counted.
ReuseCount multiply_dense(const Gemm& gemm, std::int64_t lanes);

/// Runs the GEMM with products reused as `rule` says.
ReuseCount multiply_reusing(const Gemm& gemm, const WindowRule& rule);

/// The compared operand as the GEMM would see it: `a` with its repeats replaced, in place.
WindowCount replace(const WindowRule& rule, MatrixView<float> a);

}  // namespace acrtc::reuse
