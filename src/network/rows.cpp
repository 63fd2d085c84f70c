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

/// The elements of a row beside others of the same type.
template <class T>
const T* Beside(const T*, const ConstValues& row) {
  return row.as<T>();
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

Moments MomentsOf(const ConstValues& row) {
  const float mean = SumOf(row) / static_cast<float>(row.size);
  auto squares = hn::Zero(F32());
  WithElements(row, [&](const auto* x) {
    ForEach(
        row.size,
        [&](Numbers values, std::size_t n) {
          const auto distance = hn::IfThenElseZero(hn::FirstN(F32(), n), hn::Sub(values, hn::Set(F32(), mean)));
          squares = hn::Add(squares, hn::Mul(distance, distance));
        },
        x);
  });
  return {static_cast<double>(row.size), mean, Sum(squares)};
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

void Normalize(const Normalization& how, const ConstValues& x, const Values& y) {
  const Normalizer normalizer(how);
  const Ending end(how.rectified);
  WithSink(y, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    Map(
        sink, x.size, [&](Numbers values) { return end(normalizer.Result(values)); }, x.as<T>());
  });
}

GradientSums GradientSumsOf(const Normalization& forward, const ConstValues& x, const ConstValues& dy) {
  const Normalizer normalizer(forward);
  auto sums = hn::Zero(F32()), products = hn::Zero(F32());
  WithElements(x, [&](const auto* first) {
    ForEach(
        x.size,
        [&](Numbers values, Numbers d_stored, std::size_t) {
          const auto gradient = normalizer.Gradient(values, d_stored);
          sums = hn::Add(sums, gradient);
          products = hn::Add(products, hn::Mul(gradient, normalizer.Distance(values)));
        },
        first, Beside(first, dy));
  });
  return {Sum(sums), Sum(products)};
}

void Differentiate(const NormalizationGradient& how, const ConstValues& x, const ConstValues& dy, const Values& dx) {
  const Normalizer normalizer(how.forward);
  const auto mean_dy = hn::Set(F32(), how.mean_dy), slope = hn::Set(F32(), how.slope);
  WithSink(dx, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    Map(
        sink, x.size,
        [&](Numbers values, Numbers d_stored) {
          const auto along = hn::Mul(normalizer.Distance(values), slope);
          const auto gradient = normalizer.Gradient(values, d_stored);
          return normalizer.Scaled(hn::Sub(hn::Sub(gradient, mean_dy), along));
        },
        x.as<T>(), dy.as<T>());
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
HWY_EXPORT(MomentsOf);
HWY_EXPORT(Normalize);
HWY_EXPORT(GradientSumsOf);
HWY_EXPORT(Differentiate);

}  // namespace

Moments& Moments::operator+=(const Moments& other) {
  const double all = count + other.count, distance = other.mean - mean;
  if (all == 0) return *this;
  squares += other.squares + distance * distance * count * other.count / all;
  mean += distance * other.count / all;
  count = all;
  return *this;
}

GradientSums& GradientSums::operator+=(const GradientSums& other) {
  dy += other.dy;
  dy_x += other.dy_x;
  return *this;
}

void sum_rows(std::span<const reuse::ConstValues> terms, reuse::Values to, reuse::Rectified rectified) {
  HWY_DYNAMIC_DISPATCH(SumRows)(terms, to, rectified);
}

void derectify(reuse::ConstValues y, reuse::ConstValues dy, reuse::Values dx) {
  HWY_DYNAMIC_DISPATCH(Derectify)(y, dy, dx);
}

float sum_of(reuse::ConstValues row) { return HWY_DYNAMIC_DISPATCH(SumOf)(row); }

void add_row(reuse::ConstValues row, float* sums) { HWY_DYNAMIC_DISPATCH(AddRow)(row, sums); }

Moments moments(reuse::ConstValues x) { return HWY_DYNAMIC_DISPATCH(MomentsOf)(x); }

void normalize(const Normalization& how, reuse::ConstValues x, reuse::Values y) {
  HWY_DYNAMIC_DISPATCH(Normalize)(how, x, y);
}

GradientSums gradient_sums(const Normalization& forward, reuse::ConstValues x, reuse::ConstValues dy) {
  return HWY_DYNAMIC_DISPATCH(GradientSumsOf)(forward, x, dy);
}

void differentiate(const NormalizationGradient& how, reuse::ConstValues x, reuse::ConstValues dy, reuse::Values dx) {
  HWY_DYNAMIC_DISPATCH(Differentiate)(how, x, dy, dx);
}

}  // namespace acrtc::network
#endif  // HWY_ONCE
