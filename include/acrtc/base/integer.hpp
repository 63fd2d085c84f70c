#pragma once

#include <cstdint>

namespace acrtc {

/// Pieces of `size` that hold `value`. Neither is negative, `size` is not 0.
constexpr std::int64_t ceil_div(std::int64_t value, std::int64_t size) { return (value + size - 1) / size; }

/// The smallest multiple of `size` that is not below `value`.
constexpr std::int64_t round_up(std::int64_t value, std::int64_t size) { return ceil_div(value, size) * size; }

}  // namespace acrtc
