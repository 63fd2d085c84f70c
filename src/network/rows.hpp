#pragma once

#include <cstdint>
#include <span>

#include "acrtc/reuse/values.hpp"

/// Passes over contiguous rows of a tensor, by vectors. Sums have one order for one instruction set.
namespace acrtc::network {

/// to = the sum of all terms, rounded once; sizes are equal.
void sum_rows(std::span<const reuse::ConstValues> terms, reuse::Values to);
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

/// What batch normalisation does to x: (x - mean) * factor + shift.
struct Normalization {
  float mean = 0, factor = 1, shift = 0;
};

void normalize(const Normalization& how, reuse::ConstValues x, reuse::Values y);

/// Sums over a row of dy and of dy * (x - mean).
struct GradientSums {
  double dy = 0, dy_x = 0;

  GradientSums& operator+=(const GradientSums& other);
};

GradientSums gradient_sums(float mean, reuse::ConstValues x, reuse::ConstValues dy);

/// dx = factor * (dy - mean_dy - (x - mean) * slope).
struct NormalizationGradient {
  float mean = 0, factor = 1, mean_dy = 0, slope = 0;
};

void differentiate(const NormalizationGradient& how, reuse::ConstValues x, reuse::ConstValues dy, reuse::Values dx);

}  // namespace acrtc::network
