#include "network/channel_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/channel_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

/// Calls whole(i) for every whole vector and rest(i) for each element after them.
template <class Whole, class Rest>
HWY_INLINE void ForRow(std::size_t size, Whole whole, Rest rest) {
  std::size_t i = 0;
  for (; i + hn::Lanes(D()) <= size; i += hn::Lanes(D())) whole(i);
  for (; i < size; ++i) rest(i);
}

HWY_INLINE float Sum(V v) { return hn::GetLane(hn::SumOfLanes(D(), v)); }

Moments MomentsOf(std::span<const float> x) {
  const D d;
  auto sums = hn::Zero(d);
  float sum = 0;
  ForRow(
      x.size(), [&](std::size_t i) { sums = hn::Add(sums, hn::LoadU(d, x.data() + i)); },
      [&](std::size_t i) { sum += x[i]; });
  const float mean = (sum + Sum(sums)) / static_cast<float>(x.size());
  auto squares = hn::Zero(d);
  float square = 0;
  ForRow(
      x.size(),
      [&](std::size_t i) {
        const auto distance = hn::Sub(hn::LoadU(d, x.data() + i), hn::Set(d, mean));
        squares = hn::Add(squares, hn::Mul(distance, distance));
      },
      [&](std::size_t i) { square += (x[i] - mean) * (x[i] - mean); });
  return {static_cast<double>(x.size()), mean, square + Sum(squares)};
}

void Normalize(const Normalization& how, std::span<const float> x, float* y) {
  const D d;
  const auto mean = hn::Set(d, how.mean), factor = hn::Set(d, how.factor), shift = hn::Set(d, how.shift);
  ForRow(
      x.size(),
      [&](std::size_t i) {
        hn::StoreU(hn::Add(hn::Mul(hn::Sub(hn::LoadU(d, x.data() + i), mean), factor), shift), d, y + i);
      },
      [&](std::size_t i) { y[i] = (x[i] - how.mean) * how.factor + how.shift; });
}

GradientSums GradientSumsOf(float mean, std::span<const float> x, const float* dy) {
  const D d;
  auto sums = hn::Zero(d), products = hn::Zero(d);
  float sum = 0, product = 0;
  ForRow(
      x.size(),
      [&](std::size_t i) {
        const auto gradient = hn::LoadU(d, dy + i);
        sums = hn::Add(sums, gradient);
        products = hn::Add(products, hn::Mul(gradient, hn::Sub(hn::LoadU(d, x.data() + i), hn::Set(d, mean))));
      },
      [&](std::size_t i) {
        sum += dy[i];
        product += dy[i] * (x[i] - mean);
      });
  return {sum + Sum(sums), product + Sum(products)};
}

void Differentiate(const NormalizationGradient& how, std::span<const float> x, const float* dy, float* dx) {
  const D d;
  const auto mean = hn::Set(d, how.mean), factor = hn::Set(d, how.factor);
  const auto mean_dy = hn::Set(d, how.mean_dy), slope = hn::Set(d, how.slope);
  ForRow(
      x.size(),
      [&](std::size_t i) {
        const auto along = hn::Mul(hn::Sub(hn::LoadU(d, x.data() + i), mean), slope);
        const auto gradient = hn::Sub(hn::Sub(hn::LoadU(d, dy + i), mean_dy), along);
        hn::StoreU(hn::Mul(factor, gradient), d, dx + i);
      },
      [&](std::size_t i) { dx[i] = how.factor * (dy[i] - how.mean_dy - (x[i] - how.mean) * how.slope); });
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

Moments moments(std::span<const float> x) { return HWY_DYNAMIC_DISPATCH(MomentsOf)(x); }

void normalize(const Normalization& how, std::span<const float> x, float* y) {
  HWY_DYNAMIC_DISPATCH(Normalize)(how, x, y);
}

GradientSums gradient_sums(float mean, std::span<const float> x, const float* dy) {
  return HWY_DYNAMIC_DISPATCH(GradientSumsOf)(mean, x, dy);
}

void differentiate(const NormalizationGradient& how, std::span<const float> x, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(Differentiate)(how, x, dy, dx);
}

}  // namespace acrtc::network
#endif  // HWY_ONCE
