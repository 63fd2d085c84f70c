#include "elementwise.hpp"

#include <algorithm>

#include "acrtc/base/parallel.hpp"

namespace acrtc::network {
namespace {

constexpr std::int64_t grain = 1 << 15;   // 128 KiB of FP32: enough work to be worth a hand-over
constexpr std::int64_t cached = 1 << 12;  // 16 KiB: still in the first-level cache when it is touched again

template <class T>
std::span<T> part(std::span<T> values, std::int64_t begin, std::int64_t end) {
  return values.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

}  // namespace

void round_to_operands(const GemmRunner& gemms, std::span<float> values) {
  const reuse::Format format = gemms.options().format;
  if (format == reuse::Format::fp32) return;
  parallel_ranges(gemms.engine().threads(), std::ssize(values), grain,
                  [&](std::int64_t begin, std::int64_t end) { reuse::round_to(format, part(values, begin, end)); });
}

void add(const dense::Engine& engine, std::span<const float> from, std::span<float> to) {
  parallel_ranges(engine.threads(), std::ssize(to), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] += from[i];
  });
}

void sum(const GemmRunner& gemms, std::span<const std::span<const float>> terms, std::span<float> to) {
  parallel_ranges(gemms.engine().threads(), std::ssize(to), cached, [&](std::int64_t begin, std::int64_t end) {
    const std::span<float> here = part(to, begin, end);
    std::ranges::copy(part(terms.front(), begin, end), here.begin());
    for (const auto& term : terms.subspan(1))
      for (std::int64_t i = begin; i < end; ++i) to[i] += term[i];
    reuse::round_to(gemms.options().format, here);
  });
}

void copy(const dense::Engine& engine, std::span<const float> from, std::span<float> to) {
  parallel_ranges(engine.threads(), std::ssize(to), grain, [&](std::int64_t begin, std::int64_t end) {
    std::ranges::copy(part(from, begin, end), part(to, begin, end).begin());
  });
}

void sum_channels(const dense::Engine& engine, std::span<const float> dy, std::int64_t pixels, std::span<float> db) {
  const std::int64_t channels = std::ssize(db), samples = std::ssize(dy) / (channels * pixels);
  parallel_ranges(engine.threads(), channels, pixels == 1 ? 256 : 1, [&](std::int64_t begin, std::int64_t end) {
    std::ranges::fill(part(db, begin, end), 0.0F);
    for (std::int64_t n = 0; n < samples; ++n)
      for (std::int64_t c = begin; c < end; ++c) {
        const std::int64_t at = (n * channels + c) * pixels;
        db[c] += pixels == 1 ? dy[at] : interleaved_sum(pixels, [&](std::int64_t i) { return dy[at + i]; });
      }
  });
}

void Bf16Copy::take(const GemmRunner& gemms, std::span<const float> values) {
  if (gemms.options().format != reuse::Format::bf16) return;
  halves_.reserve(values.size());
  parallel_ranges(gemms.engine().threads(), std::ssize(values), grain, [&](std::int64_t begin, std::int64_t end) {
    reuse::to_bf16(part(values, begin, end), part(halves_.span(), begin, end));
  });
}

}  // namespace acrtc::network
