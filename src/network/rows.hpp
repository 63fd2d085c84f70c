#pragma once

#include <cstdint>
#include <span>

#include "acrtc/reuse/values.hpp"

/// Passes over contiguous rows of a tensor, by vectors. Sums have one order for one instruction set.
namespace acrtc::network {

/// to = the sum of two terms or more, rounded once; sizes are equal.
void sum_rows(std::span<const reuse::ConstValues> terms, reuse::Values to, reuse::Rectified rectified);
/// The derivative of max(0, x), told from its result y: dx = y > 0 ? dy : 0, all of one format. dx may be
/// dy's memory.
void derectify(reuse::ConstValues y, reuse::ConstValues dy, reuse::Values dx);
/// sums[i] += the sum of row i; rows of `length` numbers lie one after another.
void add_sums(reuse::ConstValues rows, std::int64_t length, std::span<float> sums);
/// sums[i] += row[i].
void add_row(reuse::ConstValues row, float* sums);

}  // namespace acrtc::network
