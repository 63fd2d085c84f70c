#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace acrtc {

/// True where no value is infinite or not a number.
inline bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

}  // namespace acrtc
