#include "train/vector_math.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/parallel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/vector_math.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Eight running sums hide the latency of addition, however many a vector holds; their order is fixed.
double SumOfSquares(std::span<const float> values) {
  constexpr std::size_t kSums = 8;
  const hn::CappedTag<double, kSums> d;
  const hn::Rebind<float, decltype(d)> df;
  HWY_ALIGN std::array<double, kSums> sums;
  const std::size_t whole = values.size() / kSums * kSums;
  hn::Vec<decltype(d)> vectors[kSums / hn::MaxLanes(d)];
  for (auto& sum : vectors) sum = hn::Zero(d);
  for (std::size_t i = 0; i < whole; i += kSums)
    for (std::size_t v = 0; v < std::size(vectors); ++v) {
      const auto value = hn::PromoteTo(d, hn::LoadU(df, values.data() + i + v * hn::MaxLanes(d)));
      vectors[v] = hn::Add(vectors[v], hn::Mul(value, value));
    }
  for (std::size_t v = 0; v < std::size(vectors); ++v) hn::Store(vectors[v], d, sums.data() + v * hn::MaxLanes(d));
  for (std::size_t i = whole; i < values.size(); ++i) sums[i - whole] += static_cast<double>(values[i]) * values[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace acrtc::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::train {
namespace {

// Elements a thread takes at a time.
constexpr std::int64_t grain = 16 * ChunkedNorm::chunk;

HWY_EXPORT(SumOfSquares);

}  // namespace

void add(std::span<float> to, std::span<const float> from, int threads) {
  parallel_ranges(threads, std::ssize(to), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) to[i] += from[i];
  });
}

void scale(std::span<float> to, std::span<const float> from, double factor, int threads) {
  if (factor == 1 && to.data() == from.data()) return;  // as on a single node
  const auto f = static_cast<float>(factor);
  parallel_ranges(threads, std::ssize(to), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) to[i] = f * from[i];
  });
}

void add_scaled(std::span<float> to, std::span<const float> a, std::span<const float> b, double factor) {
  const auto f = static_cast<float>(factor);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = f * (a[i] + b[i]);
}

void ChunkedNorm::measure(std::span<const float> values, Range range, int threads,
                          const std::function<void(Range)>& write) {
  parallel_ranges(threads, range.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto at = range.begin + begin; at < range.begin + end; at += chunk) {
      const Range part{at, std::min(at + chunk, range.begin + end)};
      if (write) write(part);
      if (at < size_)
        squares_[at / chunk] = HWY_DYNAMIC_DISPATCH(SumOfSquares)(values.subspan(at, std::min(part.end, size_) - at));
    }
  });
}

std::span<double> ChunkedNorm::squares(Range range) {
  if (range.size() == 0) return {};
  const auto first = std::min(range.begin / chunk, std::ssize(squares_));
  return std::span(squares_).subspan(first, std::min(ceil_div(range.end, chunk), std::ssize(squares_)) - first);
}

double ChunkedNorm::norm() const { return std::sqrt(std::accumulate(squares_.begin(), squares_.end(), 0.0)); }

}  // namespace acrtc::train
#endif  // HWY_ONCE
