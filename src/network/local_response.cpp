#include "network/local_response.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/parallel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/local_response.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "acrtc/reuse/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {

using namespace reuse::HWY_NAMESPACE;
using dense::LrnSpec;
using reuse::ConstValues;
using reuse::Values;

/// Pixels whose channels are gone through together: few enough that what is kept of some channels stays in a core's
/// caches, enough that small planes follow each other in memory without a gap, which is faster than jumps.
constexpr std::int64_t kMostPixels = 1024;

/// The numbers of a normalisation.
struct Coefficients {
  explicit Coefficients(const LrnSpec& how) {
    const double weight = how.alpha / static_cast<double>(how.size);
    offset = hn::Set(F32(), how.offset);
    of_squares = hn::Set(F32(), static_cast<float>(weight));
    of_gradients = hn::Set(F32(), static_cast<float>(2 * weight * how.beta));
  }

  /// Of the power that divides, from a sum of squares.
  Numbers Base(Numbers squares) const { return hn::Add(offset, hn::Mul(of_squares, squares)); }
  /// The divisor, base^0.75, to two units in the last place; faster than by a logarithm.
  static Numbers Power(Numbers base) {
    const auto root = hn::Sqrt(base);
    return hn::Mul(root, hn::Sqrt(root));
  }
  /// dx = direct - 2 weight beta x * sum over the neighbours of dy x / base^(1 + beta), where direct = dy / base^beta.
  Numbers Gradient(Numbers direct, Numbers x, Numbers sum) const {
    return hn::Sub(direct, hn::Mul(hn::Mul(of_gradients, x), sum));
  }

  Numbers offset, of_squares, of_gradients;
};

/// The vectors of a channel's pixels. The last one of several begins early, so that it ends with them: what it computes
/// a second time is the same. A single one may have lanes behind them, which are zero.
class Columns {
 public:
  explicit Columns(std::int64_t width)
      : width_(static_cast<std::size_t>(width)),
        last_(std::max<std::int64_t>(0, width - Lanes())),
        is_narrow_(width < Lanes()) {}

  /// Calls body(first pixel), in one place, as it is only inlined there.
  template <class Body>
  HWY_INLINE void ForEach(Body body) const {
    for (std::int64_t at = 0; at < last_ + Lanes(); at += Lanes()) body(std::min(at, last_));
  }

  template <class T>
  HWY_INLINE Numbers Load(const T* from) const {
    return HWY_UNLIKELY(is_narrow_) ? LoadSome(from, width_) : reuse::HWY_NAMESPACE::Load(from);
  }
  template <class T, reuse::Format kFormat>
  HWY_INLINE void Store(Numbers values, Sink<T, kFormat> to, std::int64_t at) const {
    if (HWY_UNLIKELY(is_narrow_)) return to.StoreSome(values, 0, width_);
    to.Store(values, static_cast<std::size_t>(at));
  }

 private:
  static HWY_INLINE std::int64_t Lanes() { return static_cast<std::int64_t>(hn::Lanes(F32())); }

  std::size_t width_;
  std::int64_t last_;
  bool is_narrow_;
};

/// Numbers of the last channels, by whole vectors: none is read before it was stored.
class KeptRows {
 public:
  KeptRows(std::int64_t rows, std::int64_t width)
      : rows_(rows), pitch_(round_up(width, hn::MaxLanes(F32()))), numbers_(static_cast<std::size_t>(rows_ * pitch_)) {}

  float* operator[](std::int64_t channel) { return numbers_.data() + channel % rows_ * pitch_; }

 private:
  std::int64_t rows_, pitch_;
  AlignedBuffer<float> numbers_;
};

/// Sums of numbers over neighbouring channels, in order.
class ChannelSums {
 public:
  ChannelSums(std::int64_t channels, std::int64_t beside, std::int64_t width)
      : channels_(channels), beside_(beside), rows_(std::min(2 * beside + 1, channels), width) {}

  /// Room for a channel's numbers.
  float* Row(std::int64_t channel) { return rows_[channel]; }

  /// What a channel's neighbours, which are known, have at a pixel.
  class Neighbours {
   public:
    explicit Neighbours(std::span<const float* const> rows) : rows_(rows) {}

    HWY_INLINE Numbers Sum(std::int64_t pixel) const {
      auto sum = hn::LoadU(F32(), rows_[0] + pixel);
      for (std::size_t i = 1; i < rows_.size(); ++i) sum = hn::Add(sum, hn::LoadU(F32(), rows_[i] + pixel));
      return sum;
    }

   private:
    std::span<const float* const> rows_;
  };

  Neighbours Of(std::int64_t channel) {
    summed_.clear();
    const std::int64_t end = std::min(channels_, channel + beside_ + 1);
    for (std::int64_t c = std::max<std::int64_t>(0, channel - beside_); c < end; ++c) summed_.push_back(rows_[c]);
    return Neighbours(summed_);
  }

 private:
  std::int64_t channels_, beside_;
  KeptRows rows_;
  std::vector<const float*> summed_;
};

/// What the channels of a run of pixels go through in turn, none before those beside it.
class ResponseRun {
 public:
  explicit ResponseRun(const LrnSpec& how)
      : coefficients_(how),
        channels_(how.shape.channels),
        beside_(std::min(how.size / 2, channels_ - 1)),
        pixels_(how.shape.height * how.shape.width),
        squares_(channels_, beside_, Widest()),
        gradients_(channels_, beside_, Widest()),
        direct_(beside_ + 1, Widest()) {}

  template <class T, reuse::Format kFormat>
  void Normalize(std::int64_t run, const T* x, Sink<T, kFormat> y) {
    const Columns columns = Begin(run);
    for (std::int64_t channel = 0; channel < channels_ + beside_; ++channel) {
      if (channel < channels_) Square(columns, channel, x);
      if (channel >= beside_) Divide(columns, channel - beside_, x, y);
    }
  }

  template <class T, reuse::Format kFormat>
  void Differentiate(std::int64_t run, const T* x, const T* dy, Sink<T, kFormat> dx) {
    const Columns columns = Begin(run);
    for (std::int64_t channel = 0; channel < channels_ + 2 * beside_; ++channel) {
      if (channel < channels_) Square(columns, channel, x);
      if (channel >= beside_ && channel - beside_ < channels_) Weigh(columns, channel - beside_, x, dy);
      if (channel >= 2 * beside_) Add(columns, channel - 2 * beside_, x, dx);
    }
  }

 private:
  std::int64_t Widest() const { return std::min(pixels_, kMostPixels); }
  std::int64_t Place(std::int64_t channel) const { return first_ + channel * pixels_; }

  Columns Begin(std::int64_t run) {
    const std::int64_t in_sample = ceil_div(pixels_, kMostPixels), pixel = run % in_sample * kMostPixels;
    first_ = run / in_sample * channels_ * pixels_ + pixel;
    return Columns(std::min(pixels_ - pixel, kMostPixels));
  }

  template <class T>
  void Square(Columns columns, std::int64_t channel, const T* x) {
    float* const squares = squares_.Row(channel);
    const T* const from = x + Place(channel);
    columns.ForEach([&](std::int64_t at) {
      const auto value = columns.Load(from + at);
      hn::StoreU(hn::Mul(value, value), F32(), squares + at);
    });
  }

  template <class T, reuse::Format kFormat>
  void Divide(Columns columns, std::int64_t channel, const T* x, Sink<T, kFormat> y) {
    const T* const from = x + Place(channel);
    const auto to = y.From(Place(channel));
    const Coefficients coefficients = coefficients_;
    const auto squares = squares_.Of(channel);
    columns.ForEach([&](std::int64_t at) {
      const auto divisor = Coefficients::Power(coefficients.Base(squares.Sum(at)));
      columns.Store(hn::Div(columns.Load(from + at), divisor), to, at);
    });
  }

  /// What a channel's gradients give to its own and to its neighbours'.
  template <class T>
  void Weigh(Columns columns, std::int64_t channel, const T* x, const T* dy) {
    const T *const value = x + Place(channel), *const gradient = dy + Place(channel);
    float *const own = direct_[channel], *const others = gradients_.Row(channel);
    const Coefficients coefficients = coefficients_;
    const auto squares = squares_.Of(channel);
    columns.ForEach([&](std::int64_t at) {
      const auto base = coefficients.Base(squares.Sum(at));
      const auto divided = hn::Div(columns.Load(gradient + at), Coefficients::Power(base));
      hn::StoreU(divided, F32(), own + at);
      hn::StoreU(hn::Div(hn::Mul(divided, columns.Load(value + at)), base), F32(), others + at);
    });
  }

  template <class T, reuse::Format kFormat>
  void Add(Columns columns, std::int64_t channel, const T* x, Sink<T, kFormat> dx) {
    const T* const value = x + Place(channel);
    const auto to = dx.From(Place(channel));
    const float* const own = direct_[channel];
    const Coefficients coefficients = coefficients_;
    const auto gradients = gradients_.Of(channel);
    columns.ForEach([&](std::int64_t at) {
      const auto direct = hn::LoadU(F32(), own + at);
      columns.Store(coefficients.Gradient(direct, columns.Load(value + at), gradients.Sum(at)), to, at);
    });
  }

  Coefficients coefficients_;
  std::int64_t channels_, beside_, pixels_;
  std::int64_t first_ = 0;  ///< where the run begins
  ChannelSums squares_, gradients_;
  KeptRows direct_;
};

/// Calls body(runs) for parts of a tensor's runs of pixels, counted through all samples.
template <class Body>
void ForRuns(int threads, const LrnSpec& how, std::int64_t elements, Body body) {
  constexpr std::int64_t kWorth = 1 << 15;  // numbers that are worth a hand-over
  const std::int64_t in_sample = ceil_div(how.shape.height * how.shape.width, kMostPixels);
  const std::int64_t runs = elements / how.shape.elements() * in_sample;
  parallel_ranges(threads, runs, ceil_div(kWorth * in_sample, how.shape.elements()), body);
}

void NormalizeResponses(int threads, const LrnSpec& how, const ConstValues& x, const Values& y) {
  WithSink(y, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    ForRuns(threads, how, x.size, [&](std::int64_t begin, std::int64_t end) {
      ResponseRun run(how);
      for (std::int64_t i = begin; i < end; ++i) run.Normalize(i, x.as<T>(), sink);
    });
  });
}

void DifferentiateResponses(int threads, const LrnSpec& how, const ConstValues& x, const ConstValues& dy,
                            const Values& dx) {
  WithSink(dx, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    ForRuns(threads, how, x.size, [&](std::int64_t begin, std::int64_t end) {
      ResponseRun run(how);
      for (std::int64_t i = begin; i < end; ++i) run.Differentiate(i, x.as<T>(), dy.as<T>(), sink);
    });
  });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::network {
namespace {

HWY_EXPORT(NormalizeResponses);
HWY_EXPORT(DifferentiateResponses);

}  // namespace

void normalize_responses(int threads, const dense::LrnSpec& how, reuse::ConstValues x, reuse::Values y) {
  HWY_DYNAMIC_DISPATCH(NormalizeResponses)(threads, how, x, y);
}

void differentiate_responses(int threads, const dense::LrnSpec& how, reuse::ConstValues x, reuse::ConstValues dy,
                             reuse::Values dx) {
  HWY_DYNAMIC_DISPATCH(DifferentiateResponses)(threads, how, x, dy, dx);
}

}  // namespace acrtc::network
#endif  // HWY_ONCE
