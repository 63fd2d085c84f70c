#include "network/rows.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/rows.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "acrtc/reuse/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {

using namespace reuse::HWY_NAMESPACE;
using reuse::ConstValues;
using reuse::Rectified;
using reuse::Values;

void AddRow(const ConstValues& row, float* sums) {
  WithElements(row, [&](const auto* x) {
    Map(
        Sink<float, reuse::Format::fp32>{sums}, row.size, [](Numbers a, Numbers b) { return hn::Add(a, b); },
        static_cast<const float*>(sums), x);
  });
}

/// Two terms, as nearly all sums have, need no memory between.
void SumRows(std::span<const ConstValues> terms, const Values& to, Rectified rectified) {
  const Ending end(rectified);
  const auto add_last = [&](Numbers sum, Numbers last) { return end(hn::Add(sum, last)); };
  WithSink(to, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    const T* last = terms.back().as<T>();
    if (terms.size() == 2) return Map(sink, to.size, add_last, terms[0].as<T>(), last);
    constexpr std::int64_t kPart = 1024;
    HWY_ALIGN float sums[kPart];
    for (std::int64_t at = 0; at < to.size; at += kPart) {
      const std::int64_t length = std::min(kPart, to.size - at);
      reuse::widen(terms[0].part(at, length), sums);
      for (const ConstValues& term : terms.subspan(1, terms.size() - 2)) AddRow(term.part(at, length), sums);
      Map(sink.From(at), length, add_last, static_cast<const float*>(sums), last + at);
    }
  });
}

/// What is kept of gradients is rounded already, so that halves need not be widened: those of positive y, the bits of
/// which are 1 to `infinity`, are kept as they stand.
void DerectifyHalves(const ConstValues& y, const ConstValues& dy, std::uint16_t infinity, const Values& dx) {
  const hn::ScalableTag<std::uint16_t> d;
  const auto n = static_cast<std::size_t>(dx.size);
  const auto* result = y.as<std::uint16_t>();
  const auto* gradient = dy.as<std::uint16_t>();
  auto* to = dx.as<std::uint16_t>();
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto below = hn::Sub(hn::LoadU(d, result + i), hn::Set(d, 1));
    hn::StoreU(hn::IfThenElseZero(hn::Lt(below, hn::Set(d, infinity)), hn::LoadU(d, gradient + i)), d, to + i);
  }
  for (; i < n; ++i) to[i] = result[i] - 1U < infinity ? gradient[i] : std::uint16_t{0};
}

void Derectify(const ConstValues& y, const ConstValues& dy, const Values& dx) {
  if (dx.halves) return DerectifyHalves(y, dy, dx.format == reuse::Format::fp16 ? 0x7c00 : 0x7f80, dx);
  const auto keep = [](Numbers result, Numbers gradient) {
    return hn::IfThenElseZero(hn::Gt(result, hn::Zero(F32())), gradient);
  };
  Map(Sink<float, reuse::Format::fp32>{dx.as<float>()}, dx.size, keep, y.as<float>(), dy.as<float>());
}

/// Rows are added up by interleaved sums, and these lane after lane: alike wherever vectors have as many lanes.
/// Additions of several rows do not wait for each other.
template <std::size_t kRows, class T>
HWY_INLINE void AddSumsOf(const T* rows, std::size_t length, float* sums) {
  const F32 d;
  const std::size_t lanes = hn::Lanes(d);
  Numbers interleaved[kRows];
  for (Numbers& sum : interleaved) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= length; i += lanes)
    for (std::size_t r = 0; r < kRows; ++r) interleaved[r] = hn::Add(interleaved[r], Load(rows + r * length + i));
  if (i < length)
    for (std::size_t r = 0; r < kRows; ++r)
      interleaved[r] = hn::Add(interleaved[r], LoadSome(rows + r * length + i, length - i));

  HWY_ALIGN float all[kRows][hn::MaxLanes(d)];
  for (std::size_t r = 0; r < kRows; ++r) hn::Store(interleaved[r], d, all[r]);
  float totals[kRows] = {};
  for (std::size_t lane = 0; lane < lanes; ++lane)
    for (std::size_t r = 0; r < kRows; ++r) totals[r] += all[r][lane];
  for (std::size_t r = 0; r < kRows; ++r) sums[r] += totals[r];
}

void AddSums(const ConstValues& rows, std::int64_t row_length, std::span<float> sums) {
  constexpr std::size_t kTogether = 4;
  const auto length = static_cast<std::size_t>(row_length);
  WithElements(rows, [&](const auto* x) {
    std::size_t r = 0;
    for (; r + kTogether <= sums.size(); r += kTogether) AddSumsOf<kTogether>(x + r * length, length, &sums[r]);
    for (; r < sums.size(); ++r) AddSumsOf<1>(x + r * length, length, &sums[r]);
  });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::network {
namespace {

HWY_EXPORT(SumRows);
HWY_EXPORT(Derectify);
HWY_EXPORT(AddSums);
HWY_EXPORT(AddRow);
}  // namespace

void sum_rows(std::span<const reuse::ConstValues> terms, reuse::Values to, reuse::Rectified rectified) {
  HWY_DYNAMIC_DISPATCH(SumRows)(terms, to, rectified);
}

void derectify(reuse::ConstValues y, reuse::ConstValues dy, reuse::Values dx) {
  HWY_DYNAMIC_DISPATCH(Derectify)(y, dy, dx);
}

void add_sums(reuse::ConstValues rows, std::int64_t length, std::span<float> sums) {
  HWY_DYNAMIC_DISPATCH(AddSums)(rows, length, sums);
}

void add_row(reuse::ConstValues row, float* sums) { HWY_DYNAMIC_DISPATCH(AddRow)(row, sums); }

}  // namespace acrtc::network
#endif  // HWY_ONCE
