#include "network/rows.hpp"

#include <algorithm>
#include <numeric>

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

/// Lane after lane: the interleaved sums of a row then add up alike wherever vectors have as many lanes.
HWY_INLINE float Sum(Numbers v) {
  HWY_ALIGN float lanes[hn::MaxLanes(F32())];
  hn::Store(v, F32(), lanes);
  return std::accumulate(lanes, lanes + hn::Lanes(F32()), 0.0F);
}

void SumRows(std::span<const ConstValues> terms, const Values& to, Rectified rectified) {
  const Ending end(rectified);
  WithSink(to, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(F32()));
    for (std::int64_t i = 0; i < to.size; i += lanes) {
      const auto n = static_cast<std::size_t>(std::min(lanes, to.size - i));
      const auto load = [&](const ConstValues& term) {
        const T* from = term.as<T>() + i;
        return n == static_cast<std::size_t>(lanes) ? Load(from) : LoadSome(from, n);
      };
      auto sum = load(terms[0]);
      for (const ConstValues& term : terms.subspan(1)) sum = hn::Add(sum, load(term));
      if (n == static_cast<std::size_t>(lanes))
        sink.Store(end(sum), static_cast<std::size_t>(i));
      else
        sink.StoreSome(end(sum), static_cast<std::size_t>(i), n);
    }
  });
}

void Derectify(const ConstValues& y, const ConstValues& dy, const Values& dx) {
  WithSink(dx, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    Map(
        sink, dx.size,
        [](Numbers result, Numbers gradient) { return hn::IfThenElseZero(hn::Gt(result, hn::Zero(F32())), gradient); },
        y.as<T>(), dy.as<T>());
  });
}

float SumOf(const ConstValues& row) {
  auto sums = hn::Zero(F32());
  WithElements(row, [&](const auto* x) {
    ForEach(
        row.size, [&](Numbers values, std::size_t) { sums = hn::Add(sums, values); }, x);
  });
  return Sum(sums);
}

void AddRow(const ConstValues& row, float* sums) {
  WithElements(row, [&](const auto* x) {
    Map(
        Sink<float, reuse::Format::fp32>{sums}, row.size, [](Numbers a, Numbers b) { return hn::Add(a, b); },
        static_cast<const float*>(sums), x);
  });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::network {
namespace {

HWY_EXPORT(SumRows);
HWY_EXPORT(Derectify);
HWY_EXPORT(SumOf);
HWY_EXPORT(AddRow);
}  // namespace

void sum_rows(std::span<const reuse::ConstValues> terms, reuse::Values to, reuse::Rectified rectified) {
  HWY_DYNAMIC_DISPATCH(SumRows)(terms, to, rectified);
}

void derectify(reuse::ConstValues y, reuse::ConstValues dy, reuse::Values dx) {
  HWY_DYNAMIC_DISPATCH(Derectify)(y, dy, dx);
}

float sum_of(reuse::ConstValues row) { return HWY_DYNAMIC_DISPATCH(SumOf)(row); }

void add_row(reuse::ConstValues row, float* sums) { HWY_DYNAMIC_DISPATCH(AddRow)(row, sums); }

}  // namespace acrtc::network
#endif  // HWY_ONCE
