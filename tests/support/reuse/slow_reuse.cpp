#include "support/reuse/slow_reuse.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace acrtc::test {
namespace {

using reuse::Format;
using reuse::Granularity;

/// Bits of a value that fp16 holds exactly.
std::uint32_t half_bits(float value) {
  const std::uint32_t sign = std::signbit(value) ? 0x8000U : 0U;
  const float magnitude = std::abs(value);
  if (std::isinf(magnitude)) return sign | 0x7c00U;
  if (magnitude < 0x1p-14F) return sign | static_cast<std::uint32_t>(magnitude * 0x1p24F);
  int exponent = 0;
  const float fraction = std::frexp(magnitude, &exponent);  // in [0.5, 1)
  return sign | static_cast<std::uint32_t>(exponent + 14) << 10 | static_cast<std::uint32_t>((fraction * 2 - 1) * 1024);
}

struct Tuple {
  std::vector<std::uint32_t> keys;
  bool finite = true;
};

Tuple tuple_at(const reuse::WindowRule& rule, const SlowMatrix& a, std::int64_t row, Range cols) {
  Tuple tuple;
  for (std::int64_t c = cols.begin; c < cols.end; ++c) {
    tuple.keys.push_back(slow_key(rule.format, a.at(row, c), rule.dropped_bits));
    tuple.finite = tuple.finite && std::isfinite(a.at(row, c));
  }
  return tuple;
}

/// Handles one window's column or group: replaces repeats and returns the number of distinct tuples.
std::uint64_t reuse_tuples(const reuse::WindowRule& rule, const SlowMatrix& a, Range rows, Range cols, SlowReuse& out) {
  std::vector<std::pair<std::int64_t, Tuple>> distinct;
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const Tuple mine = tuple_at(rule, a, r, cols);
    out.count.comparisons += distinct.size() * mine.keys.size();
    const auto first = std::find_if(distinct.begin(), distinct.end(), [&](const auto& earlier) {
      return mine.finite && earlier.second.finite && earlier.second.keys == mine.keys;
    });
    if (first == distinct.end()) {
      distinct.emplace_back(r, mine);
      continue;
    }
    for (std::int64_t c = cols.begin; c < cols.end; ++c) {
      out.a_reused.at(r, c) = a.at(first->first, c);
      ++out.count.reused;
      out.count.reused_zero += a.at(r, c) == 0;
    }
  }
  return distinct.size();
}

}  // namespace

std::uint32_t slow_key(Format format, float value, int dropped_bits) {
  if (value == 0) return 0;
  const std::uint32_t bits = format == Format::fp16   ? half_bits(value)
                             : format == Format::bf16 ? std::bit_cast<std::uint32_t>(value) >> 16
                             : format == Format::tf32 ? std::bit_cast<std::uint32_t>(value) >> 13
                                                      : std::bit_cast<std::uint32_t>(value);
  return bits >> dropped_bits << dropped_bits;
}

SlowReuse slow_reuse(const reuse::WindowRule& rule, const SlowMatrix& a, std::int64_t n) {
  SlowReuse out{a, {}};
  const bool dot = rule.granularity == Granularity::dot;
  const auto columns = static_cast<std::uint64_t>(n);
  std::uint64_t beats = 0;
  for (std::int64_t w = 0; w < a.rows; w += rule.window) {
    const Range rows{w, std::min(a.rows, w + rule.window)};
    const auto height = static_cast<std::uint64_t>(rows.size());
    for (std::int64_t g = 0; g < a.cols; g += rule.lanes) {
      const Range group{g, std::min(a.cols, g + rule.lanes)};
      const auto width = static_cast<std::uint64_t>(group.size());
      std::uint64_t most = 0;
      if (dot) {
        most = reuse_tuples(rule, a, rows, group, out);
        out.count.mults += columns * most * width;
        out.count.adds += columns * (most * (width - 1) + height);
      } else {
        for (std::int64_t c = group.begin; c < group.end; ++c) {
          const std::uint64_t distinct = reuse_tuples(rule, a, rows, {c, c + 1}, out);
          most = std::max(most, distinct);
          out.count.mults += columns * distinct;
          out.count.adds += columns * height;
        }
      }
      const auto supply = static_cast<std::uint64_t>(rule.supply);
      beats += std::max(most, (height + supply - 1) / supply);
    }
  }
  const std::uint64_t fours = (columns + 3) / 4;
  out.count.elements = static_cast<std::uint64_t>(a.rows * a.cols);
  out.count.mults_dense = out.count.elements * columns;
  out.count.zeros = static_cast<std::uint64_t>(std::count(a.values.begin(), a.values.end(), 0.0F));
  out.count.beats_dense = static_cast<std::uint64_t>(a.rows * ((a.cols + rule.lanes - 1) / rule.lanes)) * fours;
  out.count.beats = beats * fours;
  return out;
}

}  // namespace acrtc::test
