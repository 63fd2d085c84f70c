#include "network/normalization.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/normalization.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include <hwy/cache_control.h>

#include "acrtc/reuse/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {

using namespace reuse::HWY_NAMESPACE;
using reuse::ConstValues;
using reuse::Rectified;
using reuse::Values;

/// A long sum: FP32 lanes that are emptied into a double before they lose much.
class LongSum {
 public:
  LongSum() : lanes_(hn::Zero(F32())) {}

  void Add(Numbers values) { lanes_ = hn::Add(lanes_, values); }
  void Empty() {
    total_ += hn::GetLane(hn::SumOfLanes(F32(), lanes_));
    lanes_ = hn::Zero(F32());
  }
  double Total() const { return total_; }

 private:
  Numbers lanes_;
  double total_ = 0;
};

constexpr std::int64_t kNumbersInLanes = 4096;

/// Asks for numbers that are read soon: a channel's rows lie apart, and what fetches ahead by itself begins anew in
/// each.
template <class T>
HWY_INLINE void FetchRow(const T* from, std::int64_t length) {
  constexpr std::int64_t kLine = 64 / sizeof(T);
  for (std::int64_t i = 0; i < length; i += kLine) hwy::Prefetch(from + i);
}

/// Calls body(where a row begins) for all rows, with rows of the tensors fetched ahead; sums are emptied every so many
/// numbers, at the end of a row.
template <class Body, class Fetch, class... Sums>
HWY_INLINE void ForRows(const ChannelRows& rows, Body body, Fetch fetch, Sums&... sums) {
  constexpr std::int64_t kNumbersAhead = 1024;
  const std::int64_t ahead = (kNumbersAhead + rows.length - 1) / rows.length;
  std::int64_t held = 0;
  for (std::int64_t r = 0; r < rows.count; ++r) {
    if (r + ahead < rows.count) fetch(rows.first + (r + ahead) * rows.step);
    body(rows.first + r * rows.step);
    held += rows.length;
    if (held < kNumbersInLanes && r + 1 < rows.count) continue;
    (sums.Empty(), ...);
    held = 0;
  }
}

/// The first row's mean.
template <class T>
float NearTheMean(const ChannelRows& rows, const T* x) {
  LongSum sum;
  ForEach(
      rows.length, [&](Numbers values, std::size_t) { sum.Add(values); }, x + rows.first);
  sum.Empty();
  return static_cast<float>(sum.Total() / static_cast<double>(rows.length));
}

Moments MomentsOf(const ChannelRows& rows, const ConstValues& tensor) {
  float pivot = 0;
  LongSum sum, squares;
  WithElements(tensor, [&](const auto* x) {
    pivot = NearTheMean(rows, x);
    const auto center = hn::Set(F32(), pivot);
    const auto add = [&](Numbers values, std::size_t n) {
      auto distance = hn::Sub(values, center);
      if (n < hn::Lanes(F32())) distance = hn::IfThenElseZero(hn::FirstN(F32(), n), distance);
      sum.Add(distance);
      squares.Add(hn::Mul(distance, distance));
    };
    ForRows(
        rows, [&](std::int64_t at) { ForEach(rows.length, add, x + at); },
        [&](std::int64_t at) { FetchRow(x + at, rows.length); }, sum, squares);
  });
  const double offset = sum.Total() / static_cast<double>(rows.size());
  return {pivot + offset, std::max(0.0, squares.Total() - sum.Total() * offset)};
}

/// A Normalization in vectors.
class Normalizer {
 public:
  explicit Normalizer(const Normalization& how)
      : mean_(hn::Set(F32(), how.mean)),
        factor_(hn::Set(F32(), how.factor)),
        shift_(hn::Set(F32(), how.shift)),
        linear_(hn::FirstN(F32(), how.rectified == Rectified::yes ? 0 : hn::Lanes(F32()))) {}

  Numbers Distance(Numbers x) const { return hn::Sub(x, mean_); }
  Numbers Scaled(Numbers distance) const { return hn::Mul(distance, factor_); }
  Numbers Result(Numbers x) const { return hn::Add(Scaled(Distance(x)), shift_); }
  /// The gradient of a Result, from that of what was stored.
  Numbers Gradient(Numbers x, Numbers dy) const {
    return hn::IfThenElseZero(hn::Or(linear_, hn::Gt(Result(x), hn::Zero(F32()))), dy);
  }

 private:
  Numbers mean_, factor_, shift_;
  hn::Mask<F32> linear_;
};

void Normalize(const Normalization& how, const ChannelRows& rows, const ConstValues& x, const Values& y) {
  const Normalizer normalizer(how);
  const Ending end(how.rectified);
  const auto result = [&](Numbers values) { return end(normalizer.Result(values)); };
  WithSink(y, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    ForRows(
        rows, [&](std::int64_t at) { Map(sink.From(at), rows.length, result, x.as<T>() + at); }, [](std::int64_t) {});
  });
}

GradientSums GradientSumsOf(const Normalization& forward, const ChannelRows& rows, const ConstValues& tensor,
                            const ConstValues& gradients) {
  const Normalizer normalizer(forward);
  LongSum sum, products;
  const auto add = [&](Numbers values, Numbers d_stored, std::size_t) {
    const auto gradient = normalizer.Gradient(values, d_stored);
    sum.Add(gradient);
    products.Add(hn::Mul(gradient, normalizer.Distance(values)));
  };
  WithElements(tensor, [&]<class T>(const T* x) {
    const T* dy = gradients.as<T>();
    ForRows(
        rows, [&](std::int64_t at) { ForEach(rows.length, add, x + at, dy + at); },
        [&](std::int64_t at) {
          FetchRow(x + at, rows.length);
          FetchRow(dy + at, rows.length);
        },
        sum, products);
  });
  return {sum.Total(), products.Total()};
}

void Differentiate(const NormalizationGradient& how, const ChannelRows& rows, const ConstValues& x,
                   const ConstValues& dy, const Values& dx) {
  const Normalizer normalizer(how.forward);
  const auto mean_dy = hn::Set(F32(), how.mean_dy), slope = hn::Set(F32(), how.slope);
  const auto gradient = [&](Numbers values, Numbers d_stored) {
    const auto along = hn::Mul(normalizer.Distance(values), slope);
    return normalizer.Scaled(hn::Sub(hn::Sub(normalizer.Gradient(values, d_stored), mean_dy), along));
  };
  WithSink(dx, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    ForRows(
        rows, [&](std::int64_t at) { Map(sink.From(at), rows.length, gradient, x.as<T>() + at, dy.as<T>() + at); },
        [](std::int64_t) {});
  });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::network {
namespace {

HWY_EXPORT(MomentsOf);
HWY_EXPORT(Normalize);
HWY_EXPORT(GradientSumsOf);
HWY_EXPORT(Differentiate);

}  // namespace

Moments moments(const ChannelRows& rows, reuse::ConstValues x) { return HWY_DYNAMIC_DISPATCH(MomentsOf)(rows, x); }

void normalize(const Normalization& how, const ChannelRows& rows, reuse::ConstValues x, reuse::Values y) {
  HWY_DYNAMIC_DISPATCH(Normalize)(how, rows, x, y);
}

GradientSums gradient_sums(const Normalization& forward, const ChannelRows& rows, reuse::ConstValues x,
                           reuse::ConstValues dy) {
  return HWY_DYNAMIC_DISPATCH(GradientSumsOf)(forward, rows, x, dy);
}

void differentiate(const NormalizationGradient& how, const ChannelRows& rows, reuse::ConstValues x,
                   reuse::ConstValues dy, reuse::Values dx) {
  HWY_DYNAMIC_DISPATCH(Differentiate)(how, rows, x, dy, dx);
}

}  // namespace acrtc::network
#endif  // HWY_ONCE
