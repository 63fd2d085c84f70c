#include "acrtc/study/student_t.hpp"

#include <cmath>

#include "acrtc/base/error.hpp"

namespace acrtc::study {
namespace {

/// The continued fraction of DLMF 8.17.22, evaluated from the front by Lentz's method.
double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300, precision = 1e-15;
  constexpr int most_terms = 10000;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < tiny ? tiny : d);
  double value = d;
  const auto advance = [&](double coefficient) {
    d = 1 + coefficient * d;
    c = 1 + coefficient / c;
    d = 1 / (std::abs(d) < tiny ? tiny : d);
    if (std::abs(c) < tiny) c = tiny;
    value *= c * d;
  };
  for (int m = 1; m < most_terms; ++m) {
    advance(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    advance(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    if (std::abs(c * d - 1) < precision) break;
  }
  return value;
}

/// I_x(a, b), 0 <= x <= 1.
double incomplete_beta(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast left of the mean, the reflection (DLMF 8.17.4) elsewhere.
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(1 - x, b, a);
  const double log_beta = std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
  return std::exp(a * std::log(x) + b * std::log1p(-x) - log_beta) / a * beta_fraction(x, a, b);
}

}  // namespace

double student_t_probability(double t, double freedom) {
  const double tail = incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}

double student_t_quantile(double probability, double freedom) {
  require(0 < probability && probability < 1 && freedom > 0, "a quantile of Student's t is outside its domain");
  if (probability < 0.5) return -student_t_quantile(1 - probability, freedom);
  double low = 0, high = 1;
  while (student_t_probability(high, freedom) < probability && std::isfinite(high)) low = high, high *= 2;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (student_t_probability(middle, freedom) < probability ? low : high) = middle;
  }
  return high;
}

}  // namespace acrtc::study
