#pragma once

#include <cstdint>
#include <vector>

#include "acrtc/reuse/count.hpp"
#include "acrtc/reuse/window.hpp"

namespace acrtc::test {

/// A matrix for references: plain and slow.
struct SlowMatrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<float> values;

  SlowMatrix(std::int64_t r, std::int64_t c) : rows(r), cols(c), values(static_cast<std::size_t>(r * c)) {}
  float& at(std::int64_t r, std::int64_t c) { return values[static_cast<std::size_t>(r * cols + c)]; }
  float at(std::int64_t r, std::int64_t c) const { return values[static_cast<std::size_t>(r * cols + c)]; }
};

/// What a GEMM under reuse does, element by element and straight from the definition.
struct SlowReuse {
  SlowMatrix a_reused;
  reuse::ReuseCount count;
};

/// `a` holds values of the rule's format.
SlowReuse slow_reuse(const reuse::WindowRule& rule, const SlowMatrix& a, std::int64_t n);

/// The key by the format's own bits.
std::uint32_t slow_key(reuse::Format format, float value, int dropped_bits);

}  // namespace acrtc::test
