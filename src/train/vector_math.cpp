#include "vector_math.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "acrtc/base/parallel.hpp"

namespace acrtc::train {
namespace {

// Elements a thread takes at a time.
constexpr std::int64_t grain = 16 * ChunkedNorm::chunk;

/// Eight running sums hide the latency of addition and fit vector registers; their order is fixed.
double sum_of_squares(std::span<const float> values) {
  std::array<double, 8> sums{};
  const std::size_t whole = values.size() / sums.size() * sums.size();
  for (std::size_t i = 0; i < whole; i += sums.size())
    for (std::size_t lane = 0; lane < sums.size(); ++lane) {
      const double value = values[i + lane];
      sums[lane] += value * value;
    }
  for (std::size_t i = whole; i < values.size(); ++i) sums[i - whole] += static_cast<double>(values[i]) * values[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

void add(std::span<float> to, std::span<const float> from, int threads) {
  parallel_ranges(threads, std::ssize(to), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) to[i] += from[i];
  });
}

void scale(std::span<float> to, std::span<const float> from, double factor, int threads) {
  const auto f = static_cast<float>(factor);
  parallel_ranges(threads, std::ssize(to), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) to[i] = f * from[i];
  });
}

void ChunkedNorm::measure(std::span<const float> values, Range range, int threads) {
  parallel_ranges(threads, range.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto at = range.begin + begin; at < range.begin + end; at += chunk)
      squares_[at / chunk] = sum_of_squares(values.subspan(at, std::min(chunk, range.end - at)));
  });
}

double ChunkedNorm::norm() const { return std::sqrt(std::accumulate(squares_.begin(), squares_.end(), 0.0)); }

}  // namespace acrtc::train
