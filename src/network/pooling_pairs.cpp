#include <algorithm>
#include <limits>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/integer.hpp"
#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "network/pooling_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/pooling_pairs.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "network/pooling_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {

using reuse::ConstValues;
using reuse::Values;

using I32 = hn::ScalableTag<std::int32_t>;
using Integers = hn::Vec<I32>;

constexpr std::int64_t kMostLanes = hn::MaxLanes(I32());
constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kNoTap = 0x100;  // with it, a winner is no tap

/// A plane whose windows, of two or three inputs a side, begin in every second row and column. Its columns are gone
/// through in vectors of pairs, the last vector first and each down all rows. Only the last one reaches behind a row:
/// into what the first one of the next rows, which comes later, or the next plane writes again.
struct PairPlane {
  explicit PairPlane(const PoolingSpec& spec)
      : input(spec.input),
        output(spec.output),
        pairs(ceil_div(input.width, 2)),
        third_limits(static_cast<std::size_t>(pairs + kMostLanes), kLeast),
        no_window(third_limits.size() + 1, kNoTap) {
    std::fill_n(third_limits.begin(), (input.width - 1) / 2, ~kLeast);
    std::fill_n(no_window.begin() + 1, output.width, 0);
  }

  SampleShape input, output;
  std::int64_t pairs;
  std::vector<std::int32_t> third_limits;  ///< by window: the most that its third column has, kLeast outside the image
  std::vector<std::int32_t> no_window;     ///< by pair, from one before the first on: kNoTap where no window begins
};

/// Numbers that vectors reach behind a plane: two for each lane at most, as what the first lane sees lies inside. Ahead
/// of it the way back looks at the window before a row's first.
constexpr std::int64_t kBehind = 2 * kMostLanes, kAhead = 1;

/// A plane with room for vectors that reach out of it, of no matter with what.
template <class T>
class PlaneCopy {
 public:
  explicit PlaneCopy(const SampleShape& plane)
      : size_(plane.height * plane.width), numbers_(static_cast<std::size_t>(kAhead + size_ + kBehind)) {}

  T* data() { return numbers_.data() + kAhead; }
  const T* Fill(const T* plane) {
    std::copy_n(plane, size_, data());
    return data();
  }
  void CopyTo(T* plane) { std::copy_n(data(), size_, plane); }

 private:
  std::int64_t size_;
  AlignedBuffer<T> numbers_;
};

/// Calls body(plane, whether vectors stay inside the tensor, and write inside the planes of `range` alone) for planes
/// of `smallest` numbers or more, in order.
template <class Body>
HWY_INLINE void ForPlanes(Range range, std::int64_t smallest, Body body) {
  const std::int64_t last = range.end - ceil_div(kBehind, smallest);
  for (std::int64_t plane = range.begin; plane < range.end; ++plane) body(plane, plane > 0 && plane < last);
}

/// Maxima as integers that are ordered by number, then by tap, the first one above: the key of the number above 16 bits
/// that say how many taps there are behind the one it is from.
template <int kKernel, class T>
struct PairKeys {
  static constexpr std::int32_t kLast = kKernel * kKernel - 1;

  /// Of the windows of a vector, what their first row has. `from` is where the first of them begins; what their third
  /// columns have is limited.
  template <class D>
  static HWY_INLINE hn::Vec<D> OfRow(D d, const T* from, hn::Vec<D> limits) {
    const hn::Repartition<std::int16_t, D> halves;
    const auto upper = hn::Set(d, ~0xffff);
    const auto pairs = hn::BitCast(d, Keys<T>::Load(halves, from));
    const auto left = hn::Or(hn::ShiftLeft<16>(pairs), hn::Set(d, kLast));
    const auto right = hn::Or(hn::And(pairs, upper), hn::Set(d, kLast - 1));
    const auto largest = hn::Max(left, right);
    if constexpr (kKernel == 2) return largest;
    const auto next = hn::And(hn::BitCast(d, Keys<T>::Load(halves, from + 1)), upper);
    return hn::Max(largest, hn::Min(hn::Or(next, hn::Set(d, kLast - 2)), limits));
  }
  /// The same of the windows' row `row`.
  template <class V>
  static HWY_INLINE V As(V first, std::int32_t row) {
    return hn::Sub(first, hn::Set(hn::DFromV<V>(), row * kKernel));
  }

  template <class D>
  static HWY_INLINE void Store(D d, hn::Vec<D> maxima, T* to, std::uint8_t* winners) {
    const hn::RebindToUnsigned<D> words;
    const hn::Rebind<std::uint16_t, D> halves;
    const hn::Rebind<std::uint8_t, D> bytes;
    const auto bits = Keys<T>::Bits(d, hn::ShiftRight<16>(maxima));
    hn::StoreU(hn::TruncateTo(halves, hn::BitCast(words, bits)), halves, reinterpret_cast<std::uint16_t*>(to));
    const auto taps = hn::Sub(hn::Set(d, kLast), hn::And(maxima, hn::Set(d, 0xffff)));
    hn::StoreU(hn::TruncateTo(bytes, hn::BitCast(words, taps)), bytes, winners);
  }
};

/// Calls body(first number) for vectors of so many lanes, the last one first.
template <class Body>
HWY_INLINE void ForVectorsBackwards(std::int64_t numbers, std::int64_t lanes, Body body) {
  for (std::int64_t at = (numbers - 1) / lanes * lanes; at >= 0; at -= lanes) body(at);
}

template <int kKernel, class D, class T>
void PoolPlane(D d, const PairPlane& plane, const T* x, T* y, std::uint8_t* winners) {
  using Of = PairKeys<kKernel, T>;
  const std::int64_t height = plane.output.height, width = plane.output.width, step = plane.input.width;
  const std::int64_t with_third = kKernel == 3 ? (plane.input.height - 1) / 2 : 0;  // windows that have a third row
  ForVectorsBackwards(width, LanesOf(d), [&](std::int64_t at) {
    const auto limits = hn::LoadU(d, plane.third_limits.data() + at);
    const T* from = x + 2 * at;
    auto first = Of::OfRow(d, from, limits);
    for (std::int64_t row = 0; row < height; ++row, from += 2 * step) {
      auto largest = hn::Max(first, Of::As(Of::OfRow(d, from + step, limits), 1));
      if (row + 1 < height || row < with_third) first = Of::OfRow(d, from + 2 * step, limits);
      if (row < with_third) largest = hn::Max(largest, Of::As(first, 2));
      Of::Store(d, largest, y + row * width + at, winners + row * width + at);
    }
  });
}

/// What windows pass on to the inputs that won: bits of gradients, or numbers.
template <class V>
struct Passed {
  V gradients;
  hn::Vec<hn::RebindToSigned<hn::DFromV<V>>> winners;

  HWY_INLINE V To(std::int32_t tap) const {
    const hn::DFromV<V> d;
    return hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(winners, hn::Set(hn::RebindToSigned<decltype(d)>(), tap))),
                              gradients);
  }
};

/// Winners of windows, and none where there is no window.
template <class D>
HWY_INLINE hn::Vec<D> WinnersOf(D d, const std::uint8_t* winners, hn::Vec<D> none) {
  return hn::Or(hn::PromoteTo(d, hn::LoadU(hn::Rebind<std::uint8_t, D>(), winners)), none);
}

/// What a row of windows passes to two rows of inputs, of which each belongs to one window.
template <class D, class T>
class PairsApart {
 public:
  /// `no_window`: from the pair before the first on.
  PairsApart(D d, const std::int32_t* no_window) : none_(hn::LoadU(d, no_window + 1)) {}

  HWY_INLINE void Pass(const T* dy, const std::uint8_t* winners, T* upper, T* lower) {
    const D d;
    const hn::Rebind<std::uint16_t, D> halves;
    const auto bits = hn::PromoteTo(d, hn::LoadU(halves, reinterpret_cast<const std::uint16_t*>(dy)));
    const auto unsigned_zero = hn::IfThenZeroElse(hn::Eq(bits, hn::Set(d, 0x8000)), bits);  // as sums that begin at 0
    const Passed<hn::Vec<D>> here{unsigned_zero, WinnersOf(d, winners, none_)};
    Store(here.To(0), here.To(1), upper);
    Store(here.To(2), here.To(3), lower);
  }
  HWY_INLINE void PassRest(T* to) { Store(hn::Zero(D()), hn::Zero(D()), to); }

 private:
  static HWY_INLINE void Store(hn::Vec<D> left, hn::Vec<D> right, T* to) {
    hn::StoreU(hn::Or(left, hn::ShiftLeft<16>(right)), D(), reinterpret_cast<std::int32_t*>(to));
  }

  hn::Vec<D> none_;
};

/// What a row of windows passes to two rows of inputs and to the row below, which they share with the next windows, as
/// they share columns with those beside them. Sums are in order of windows.
template <class T, reuse::Format kFormat>
class PairsShared {
 public:
  PairsShared(I32 d, const std::int32_t* no_window)
      : none_beside_(hn::LoadU(d, no_window)), none_(hn::LoadU(d, no_window + 1)) {}

  HWY_INLINE void Pass(const T* dy, const std::uint8_t* winners, T* upper, T* lower) {
    const Passed<Numbers> beside{NumbersOf(dy - 1), WinnersOf(I32(), winners - 1, none_beside_)};
    const Passed<Numbers> here{NumbersOf(dy), WinnersOf(I32(), winners, none_)};
    StorePairs<kFormat>(hn::Add(hn::Add(even_, beside.To(2)), here.To(0)), hn::Add(odd_, here.To(1)), upper);
    StorePairs<kFormat>(hn::Add(beside.To(5), here.To(3)), here.To(4), lower);
    even_ = hn::Add(beside.To(8), here.To(6));
    odd_ = here.To(7);
  }
  HWY_INLINE void PassRest(T* to) {
    StorePairs<kFormat>(even_, odd_, to);
    even_ = odd_ = hn::Zero(F32());
  }

 private:
  /// As sums that begin at 0, which are never -0.
  static HWY_INLINE Numbers NumbersOf(const T* dy) { return hn::Add(Load(dy), hn::Zero(F32())); }

  Integers none_beside_, none_;
  Numbers even_ = hn::Zero(F32()), odd_ = hn::Zero(F32());  ///< for the row below
};

template <class Pairs, class D, class T>
void DifferentiatePlane(D d, const PairPlane& plane, const T* dy, const std::uint8_t* winners, T* dx) {
  const std::int64_t height = plane.output.height, width = plane.output.width, step = plane.input.width;
  ForVectorsBackwards(plane.pairs, LanesOf(d), [&](std::int64_t at) {
    Pairs pairs(d, plane.no_window.data() + at);
    T* to = dx + 2 * at;
    for (std::int64_t row = 0; row < height; ++row, to += 2 * step)
      pairs.Pass(dy + row * width + at, winners + row * width + at, to, to + step);
    for (std::int64_t row = 2 * height; row < plane.input.height; ++row, to += step) pairs.PassRest(to);
  });
}

/// Calls body(where numbers of 16 bits go).
template <class Body>
void WithHalves(const Values& to, Body body) {
  require(to.halves, "what is pooled in pairs has 16 bits");
  WithSink(to, [&](auto sink) {
    if constexpr (sizeof(*sink.to) == 2) body(sink);
  });
}

void PoolPairs(const PoolingSpec& spec, Range planes, const ConstValues& x, const Values& y, std::uint8_t* winners) {
  WithHalves(y, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    const PairPlane plane(spec);
    const auto pool = [&](const T* from, T* to, std::uint8_t* taps) {
      WithVectors<std::int32_t>(plane.output.width, [&](auto d) {
        if (spec.window.kernel_w == 2)
          PoolPlane<2>(d, plane, from, to, taps);
        else
          PoolPlane<3>(d, plane, from, to, taps);
      });
    };
    PlaneCopy<T> input(spec.input), output(spec.output);
    PlaneCopy<std::uint8_t> taps(spec.output);
    ForPlanes(planes, spec.output_plane(), [&](std::int64_t i, bool is_inside) {
      const T* const from = x.as<T>() + i * spec.input_plane();
      T* const to = sink.to + i * spec.output_plane();
      std::uint8_t* const won = winners + i * spec.output_plane();
      if (is_inside) return pool(from, to, won);
      pool(input.Fill(from), output.data(), taps.data());
      output.CopyTo(to);
      taps.CopyTo(won);
    });
  });
}

void DifferentiatePairs(const PoolingSpec& spec, Range planes, const std::uint8_t* winners, const ConstValues& dy,
                        const Values& dx) {
  WithHalves(dx, [&]<class T, reuse::Format kFormat>(Sink<T, kFormat> sink) {
    const PairPlane plane(spec);
    const auto differentiate = [&](const T* from, const std::uint8_t* taps, T* to) {
      if (spec.window.kernel_w == 3) return DifferentiatePlane<PairsShared<T, kFormat>>(I32(), plane, from, taps, to);
      WithVectors<std::int32_t>(
          plane.pairs, [&](auto d) { DifferentiatePlane<PairsApart<decltype(d), T>>(d, plane, from, taps, to); });
    };
    PlaneCopy<T> output(spec.output), input(spec.input);
    PlaneCopy<std::uint8_t> taps(spec.output);
    ForPlanes(planes, spec.output_plane(), [&](std::int64_t i, bool is_inside) {
      const T* const from = dy.as<T>() + i * spec.output_plane();
      const std::uint8_t* const won = winners + i * spec.output_plane();
      T* const to = sink.to + i * spec.input_plane();
      if (is_inside) return differentiate(from, won, to);
      differentiate(output.Fill(from), taps.Fill(won), input.data());
      input.CopyTo(to);
    });
  });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::network {
namespace {

HWY_EXPORT(PoolPairs);
HWY_EXPORT(DifferentiatePairs);

/// Whether windows are of two or three inputs a side, two apart, and see two of each side at least.
bool are_pairs(const PoolingSpec& spec) {
  const Window& w = spec.window;
  return w.kernel_h == w.kernel_w && (w.kernel_h == 2 || w.kernel_h == 3) && w.stride_h == 2 && w.stride_w == 2 &&
         w.pad_h == 0 && w.pad_w == 0 && spec.input.height >= 2 * spec.output.height &&
         spec.input.width >= 2 * spec.output.width;
}

class ByPairs : public PoolingKernel {
 public:
  explicit ByPairs(const PoolingSpec& spec) : spec_(spec) {}

  std::int64_t planes_together() const override { return 1; }
  std::int64_t winner_bytes(std::int64_t planes) const override { return planes * spec_.output_plane(); }

  void forward(Range planes, reuse::ConstValues x, reuse::Values y, std::byte* winners) const override {
    HWY_DYNAMIC_DISPATCH(PoolPairs)(spec_, planes, x, y, reinterpret_cast<std::uint8_t*>(winners));
  }
  void backward(Range planes, const std::byte* winners, reuse::ConstValues dy, reuse::Values dx) const override {
    HWY_DYNAMIC_DISPATCH(DifferentiatePairs)
    (spec_, planes, reinterpret_cast<const std::uint8_t*>(winners), dy, dx);
  }

 private:
  PoolingSpec spec_;
};

}  // namespace

std::unique_ptr<PoolingKernel> pooling_by_pairs(const PoolingSpec& spec, reuse::Format format) {
  const bool suits = reuse::loads_halves(format) && spec.kind == PoolingSpec::Kind::max && are_pairs(spec);
  return suits ? std::make_unique<ByPairs>(spec) : nullptr;
}

}  // namespace acrtc::network
#endif  // HWY_ONCE
