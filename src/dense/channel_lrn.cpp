#include "channel_lrn.hpp"

#include <algorithm>

#include "acrtc/base/parallel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dense/channel_lrn.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "acrtc/dense/part_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::dense::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

constexpr std::int64_t kStrip = channel_lrn_strip;

/// A vector of pixels of one sample, in any channel.
class Pixels {
 public:
  Pixels(const LrnSpec& spec, std::int64_t first)
      : channels_(spec.shape.channels),
        image_(spec.shape.height * spec.shape.width),
        first_(first),
        count_(static_cast<std::size_t>(std::min<std::int64_t>(hn::Lanes(D()), image_ - first))) {}

  V Load(const float* tensor, std::int64_t channel) const {
    return LoadFirst(D(), tensor + channel * image_ + first_, count_);
  }
  void Store(V v, float* tensor, std::int64_t channel) const {
    StoreFirst(v, D(), tensor + channel * image_ + first_, count_);
  }

  /// The sum of term(c) over the neighbours of a channel that there are.
  template <class Term>
  V SumAround(std::int64_t channel, std::int64_t half, Term term) const {
    auto sum = hn::Zero(D());
    const std::int64_t end = std::min(channel + half + 1, channels_);
    for (std::int64_t c = std::max<std::int64_t>(0, channel - half); c < end; ++c) sum = hn::Add(sum, term(c));
    return sum;
  }

 private:
  std::int64_t channels_, image_, first_;
  std::size_t count_;
};

/// Calls body(channel, place in the strip, pixels) for each vector of pixels [begin, begin + kStrip), channel by
/// channel.
template <class Body>
HWY_INLINE void ForStrip(const LrnSpec& spec, std::int64_t begin, Body body) {
  const std::int64_t end = std::min(begin + kStrip, spec.shape.height * spec.shape.width);
  for (std::int64_t c = 0; c < spec.shape.channels; ++c)
    for (std::int64_t first = begin; first < end; first += static_cast<std::int64_t>(hn::Lanes(D())))
      body(c, first - begin, Pixels(spec, first));
}

HWY_INLINE V Power(V base, float exponent) {
  const D d;
  return hn::Exp(d, hn::Mul(hn::Log(d, base), hn::Set(d, exponent)));
}

/// One sample.
void Forward(const LrnSpec& spec, const float* x, float* bases, float* y) {
  const D d;
  const auto weight = hn::Set(d, spec.alpha / static_cast<float>(spec.size)), offset = hn::Set(d, spec.offset);
  const std::int64_t image = spec.shape.height * spec.shape.width;
  for (std::int64_t begin = 0; begin < image; begin += kStrip)
    ForStrip(spec, begin, [&](std::int64_t c, std::int64_t, const Pixels& pixels) {
      const auto squares = pixels.SumAround(c, spec.size / 2, [&](std::int64_t other) {
        const auto value = pixels.Load(x, other);
        return hn::Mul(value, value);
      });
      const auto base = hn::Add(offset, hn::Mul(weight, squares));
      pixels.Store(base, bases, c);
      pixels.Store(hn::Mul(pixels.Load(x, c), Power(base, -spec.beta)), y, c);
    });
}

/// One sample: dx_i = dy_i base_i^-beta - 2 alpha beta / size * x_i * (sum of dy_j x_j base_j^(-beta-1) around i).
/// `terms` has room for all channels of a strip.
void Backward(const LrnSpec& spec, const float* x, const float* bases, const float* dy, float* dx, float* terms) {
  const D d;
  const auto weight = hn::Set(d, 2 * spec.alpha * spec.beta / static_cast<float>(spec.size));
  const std::int64_t image = spec.shape.height * spec.shape.width;
  for (std::int64_t begin = 0; begin < image; begin += kStrip) {
    ForStrip(spec, begin, [&](std::int64_t c, std::int64_t at, const Pixels& pixels) {
      const auto base = hn::Max(pixels.Load(bases, c), hn::Set(d, spec.offset));  // lanes beyond the image hold zero
      const auto direct = hn::Mul(pixels.Load(dy, c), Power(base, -spec.beta));
      pixels.Store(direct, dx, c);
      hn::StoreU(hn::Div(hn::Mul(direct, pixels.Load(x, c)), base), d, terms + c * kStrip + at);
    });
    ForStrip(spec, begin, [&](std::int64_t c, std::int64_t at, const Pixels& pixels) {
      const auto around = pixels.SumAround(
          c, spec.size / 2, [&](std::int64_t other) { return hn::LoadU(d, terms + other * kStrip + at); });
      const auto indirect = hn::Mul(hn::Mul(weight, pixels.Load(x, c)), around);
      pixels.Store(hn::Sub(pixels.Load(dx, c), indirect), dx, c);
    });
  }
}

}  // namespace acrtc::dense::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::dense {
namespace {

HWY_EXPORT(Forward);
HWY_EXPORT(Backward);

}  // namespace

void ChannelLrn::forward(std::int64_t samples, const float* x, float* y, int threads) {
  const std::int64_t elements = spec_.shape.elements();
  bases_.reserve(static_cast<std::size_t>(samples * elements));
  parallel_for(threads, samples, [&](std::int64_t n) {
    const std::int64_t at = n * elements;
    HWY_DYNAMIC_DISPATCH(Forward)(spec_, x + at, bases_.data() + at, y + at);
  });
}

void ChannelLrn::backward(std::int64_t samples, const float* x, const float* dy, float* dx, int threads) const {
  const std::int64_t elements = spec_.shape.elements();
  parallel_for(threads, samples, [&](std::int64_t n) {
    const std::int64_t at = n * elements;
    AlignedBuffer<float> terms(static_cast<std::size_t>(spec_.shape.channels * channel_lrn_strip));
    HWY_DYNAMIC_DISPATCH(Backward)(spec_, x + at, bases_.data() + at, dy + at, dx + at, terms.data());
  });
}

}  // namespace acrtc::dense
#endif  // HWY_ONCE
