#pragma once

#include <random>

#include "acrtc/reuse/format.hpp"
#include "support/reuse/slow_reuse.hpp"

namespace acrtc::test {

/// Values as networks have them, with everything that makes comparing hard: many zeros of both signs, repeats, values
/// that differ in the last bits only, subnormals of every format and non-finite values. Rounded to the format.
inline SlowMatrix random_matrix(std::int64_t rows, std::int64_t cols, reuse::Format format, std::mt19937& random) {
  SlowMatrix matrix(rows, cols);
  std::normal_distribution<float> normal;
  for (float& value : matrix.values) {
    switch (random() % 16) {
      case 0:
      case 1:
      case 2:
        value = 0.0F;
        break;
      case 3:
        value = -0.0F;
        break;
      case 4:
      case 5:
      case 6:
        value = 1.0F + 0.01F * normal(random);
        break;
      case 7:
      case 8:
        value = static_cast<float>(random() % 4) - 1.5F;
        break;
      case 9:
        value = normal(random) * 0x1p-18F;
        break;
      case 10:
        value = normal(random) * 0x1p-24F;
        break;
      case 11:
        value = random() % 8 == 0 ? INFINITY : normal(random) * 0x1p-130F;
        break;
      case 12:
        value = random() % 8 == 0 ? NAN : normal(random);
        break;
      default:
        value = normal(random);
    }
  }
  reuse::round_to(format, matrix.values);
  return matrix;
}

/// Ordinary values for products: finite, some zero, many alike.
inline SlowMatrix tame_matrix(std::int64_t rows, std::int64_t cols, reuse::Format format, std::mt19937& random) {
  SlowMatrix matrix(rows, cols);
  std::normal_distribution<float> normal;
  for (float& value : matrix.values) value = random() % 3 == 0 ? 0.0F : 1.0F + normal(random);
  reuse::round_to(format, matrix.values);
  return matrix;
}

}  // namespace acrtc::test
