#include "elementwise.hpp"

#include <algorithm>
#include <vector>

#include "acrtc/base/parallel.hpp"
#include "rows.hpp"

namespace acrtc::network {
namespace {

constexpr std::int64_t grain = 1 << 15;  // numbers: enough work to be worth a hand-over

/// Calls body(begin, length) for parts of [0, size).
template <class Body>
void for_parts(const dense::Engine& engine, std::int64_t size, Body body) {
  parallel_ranges(engine.threads(), size, grain,
                  [&](std::int64_t begin, std::int64_t end) { body(begin, end - begin); });
}

}  // namespace

void round_into(const dense::Engine& engine, std::span<const float> from, reuse::Values to) {
  for_parts(engine, to.size, [&](std::int64_t begin, std::int64_t length) {
    reuse::round_into(from.data() + begin, to.part(begin, length));
  });
}

void round_in_place(const dense::Engine& engine, reuse::Values values) {
  if (values.halves || values.format == reuse::Format::fp32) return;
  round_into(engine, {values.as<float>(), static_cast<std::size_t>(values.size)}, values);
}

void widen(const dense::Engine& engine, reuse::ConstValues from, std::span<float> to) {
  for_parts(engine, from.size, [&](std::int64_t begin, std::int64_t length) {
    reuse::widen(from.part(begin, length), to.data() + begin);
  });
}

void add(const dense::Engine& engine, reuse::ConstValues from, reuse::Values to) {
  const reuse::ConstValues terms[] = {to, from};
  sum(engine, terms, to);
}

void sum(const dense::Engine& engine, std::span<const reuse::ConstValues> terms, reuse::Values to,
         reuse::Rectified rectified) {
  for_parts(engine, to.size, [&](std::int64_t begin, std::int64_t length) {
    std::vector<reuse::ConstValues> here;
    for (const auto& term : terms) here.push_back(term.part(begin, length));
    sum_rows(here, to.part(begin, length), rectified);
  });
}

void derectify(const dense::Engine& engine, reuse::ConstValues y, reuse::ConstValues dy,
               std::span<const reuse::Values> dxs) {
  for_parts(engine, dy.size, [&](std::int64_t begin, std::int64_t length) {
    const reuse::Values first = dxs.front().part(begin, length);
    derectify(y.part(begin, length), dy.part(begin, length), first);
    for (const reuse::Values& dx : dxs.subspan(1)) reuse::copy(first, dx.part(begin, length));
  });
}

void copy(const dense::Engine& engine, reuse::ConstValues from, reuse::Values to) {
  for_parts(engine, to.size, [&](std::int64_t begin, std::int64_t length) {
    reuse::copy(from.part(begin, length), to.part(begin, length));
  });
}

void sum_channels(const dense::Engine& engine, reuse::ConstValues dy, std::int64_t pixels, std::span<float> db) {
  const std::int64_t channels = std::ssize(db), samples = dy.size / (channels * pixels);
  parallel_ranges(engine.threads(), channels, pixels == 1 ? 256 : 8, [&](std::int64_t begin, std::int64_t end) {
    const std::span<float> sums = db.subspan(begin, end - begin);
    std::ranges::fill(sums, 0.0F);
    for (std::int64_t n = 0; n < samples; ++n) {
      const reuse::ConstValues rows = dy.part((n * channels + begin) * pixels, (end - begin) * pixels);
      if (pixels == 1)
        add_row(rows, sums.data());
      else
        add_sums(rows, pixels, sums);
    }
  });
}

}  // namespace acrtc::network
