#pragma once

#include <cstdint>

#include "acrtc/reuse/values.hpp"

/// Batch normalisation of one channel of a batch, by vectors. Sums have one order for one instruction set.
namespace acrtc::network {

/// The numbers of one channel in x[n, c, h, w]: a row a sample.
struct ChannelRows {
  std::int64_t first = 0;   ///< where the first row begins
  std::int64_t length = 0;  ///< of a row
  std::int64_t step = 0;    ///< from one row to the next
  std::int64_t count = 0;

  std::int64_t size() const { return count * length; }
};

struct Moments {
  double mean = 0;
  double squares = 0;  ///< sum of the squared distances from the mean
};

/// Of all numbers of the rows, in one pass over distances from a number near the mean.
Moments moments(const ChannelRows& rows, reuse::ConstValues x);

/// What normalising does to x: (x - mean) * factor + shift, and max(0, .) of it where `rectified`.
struct Normalization {
  float mean = 0, factor = 1, shift = 0;
  reuse::Rectified rectified = reuse::Rectified::no;
};

void normalize(const Normalization& how, const ChannelRows& rows, reuse::ConstValues x, reuse::Values y);

/// Sums of dy and of dy * (x - mean), over what was not rectified to 0.
struct GradientSums {
  double dy = 0, dy_x = 0;
};

GradientSums gradient_sums(const Normalization& forward, const ChannelRows& rows, reuse::ConstValues x,
                           reuse::ConstValues dy);

/// dx = factor * (dy - mean_dy - (x - mean) * slope), where dy is 0 for what was rectified to 0.
struct NormalizationGradient {
  Normalization forward;
  float mean_dy = 0, slope = 0;
};

void differentiate(const NormalizationGradient& how, const ChannelRows& rows, reuse::ConstValues x,
                   reuse::ConstValues dy, reuse::Values dx);

}  // namespace acrtc::network
