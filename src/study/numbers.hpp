#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace acrtc::study {

/// `value` as printf's `format` has it, without a minus where it is rounded to zero; `-` where it is unknown (NaN).
inline std::string number(const char* format, double value) {
  if (std::isnan(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  if (std::strtod(text, nullptr) == 0) std::snprintf(text, sizeof text, format, 0.0);
  return text;
}

inline std::string percent(double value) { return number("%.1f %%", 100 * value); }
/// Accuracies differ in the second digit.
inline std::string accuracy_text(double value) { return number("%.2f %%", 100 * value); }
inline std::string times(double value) { return number("%.3fx", value); }

/// `text` with blanks up to `width`.
inline std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text + ' ';
}

inline std::string right_aligned(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace acrtc::study
