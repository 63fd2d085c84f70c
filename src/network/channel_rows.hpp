#pragma once

#include <cstdint>
#include <span>

/// Batch normalisation of one channel of one sample: its pixels, a contiguous row. Sums have one order for one
/// instruction set.
namespace acrtc::network {

/// Numbers, their mean and the sum of their squared distances from it. Merging is exact but for rounding (Chan, Golub
/// and LeVeque, The American Statistician 37, 1983, doi:10.1080/00031305.1983.10483115).
struct Moments {
  double count = 0, mean = 0, squares = 0;

  Moments& operator+=(const Moments& other);
};

Moments moments(std::span<const float> x);

/// What normalising does to x: (x - mean) * factor + shift.
struct Normalization {
  float mean = 0, factor = 1, shift = 0;
};

void normalize(const Normalization& how, std::span<const float> x, float* y);

/// Sums over a row of dy and of dy * (x - mean).
struct GradientSums {
  double dy = 0, dy_x = 0;

  GradientSums& operator+=(const GradientSums& other);
};

GradientSums gradient_sums(float mean, std::span<const float> x, const float* dy);

/// dx = factor * (dy - mean_dy - (x - mean) * slope).
struct NormalizationGradient {
  float mean = 0, factor = 1, mean_dy = 0, slope = 0;
};

void differentiate(const NormalizationGradient& how, std::span<const float> x, const float* dy, float* dx);

}  // namespace acrtc::network
