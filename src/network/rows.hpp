#pragma once

#include <cstdint>
#include <span>

#include "acrtc/reuse/values.hpp"

/// Passes over contiguous rows of a tensor, by vectors. Sums have one order for one instruction set.
namespace acrtc::network {

/// to = the sum of all terms, rounded once; sizes are equal.
void sum_rows(std::span<const reuse::ConstValues> terms, reuse::Values to, reuse::Rectified rectified);
/// The derivative of max(0, x), told from its result y: dx = y > 0 ? dy : 0. dx may be dy's memory.
void derectify(reuse::ConstValues y, reuse::ConstValues dy, reuse::Values dx);
/// The sum of a row.
float sum_of(reuse::ConstValues row);
/// sums[i] += row[i].
void add_row(reuse::ConstValues row, float* sums);

/// Numbers, their mean and the sum of their squared distances from it. Merging is exact but for rounding (Chan, Golub
/// and LeVeque, The American Statistician 37, 1983, doi:10.1080/00031305.1983.10483115).
struct Moments {
  double count = 0, mean = 0, squares = 0;

  Moments& operator+=(const Moments& other);
};

Moments moments(reuse::ConstValues x);

/// What batch normalisation does to x: (x - mean) * factor + shift, and max(0, .) of it where `rectified`.
struct Normalization {
  float mean = 0, factor = 1, shift = 0;
  reuse::Rectified rectified = reuse::Rectified::no;
};

void normalize(const Normalization& how, reuse::ConstValues x, reuse::Values y);

/// Sums over a row of dy and of dy * (x - mean), over what was not rectified to 0.
struct GradientSums {
  double dy = 0, dy_x = 0;

  GradientSums& operator+=(const GradientSums& other);
};

GradientSums gradient_sums(const Normalization& forward, reuse::ConstValues x, reuse::ConstValues dy);

/// dx = factor * (dy - mean_dy - (x - mean) * slope), where dy is 0 for what was rectified to 0.
struct NormalizationGradient {
  Normalization forward;
  float mean_dy = 0, slope = 0;
};

void differentiate(const NormalizationGradient& how, reuse::ConstValues x, reuse::ConstValues dy, reuse::Values dx);

}  // namespace acrtc::network
