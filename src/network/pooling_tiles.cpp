#include <algorithm>

#include "network/pooling_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/pooling_tiles.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "network/pooling_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {

using reuse::ConstValues;
using reuse::Values;

/// A window's rows of two inputs each, for some outputs: as keys in integers of 32 bits.
template <class D>
struct InputPairs {
  hn::Vec<D> left, right;
};

/// Pairs of numbers of 16 bits are read and written as integers of 32.
template <class T>
struct Pairs {
  static_assert(sizeof(T) == 2);

  template <class D>
  static HWY_INLINE InputPairs<D> Load(D d, const T* from) {
    const auto both = hn::BitCast(d, Keys<T>::Load(hn::Repartition<std::int16_t, D>(), from));
    return {hn::ShiftRight<16>(hn::ShiftLeft<16>(both)), hn::ShiftRight<16>(both)};
  }
  template <class D>
  static HWY_INLINE void StoreKeys(D d, hn::Vec<D> keys, T* to) {
    const hn::Rebind<std::uint16_t, D> halves;
    const auto sign = hn::Set(d, 0x8000);
    const auto bits = hn::IfThenElse(hn::Lt(keys, hn::Zero(d)), hn::Sub(sign, keys), keys);
    const hn::RebindToUnsigned<D> words;
    hn::StoreU(hn::TruncateTo(halves, hn::BitCast(words, bits)), halves, reinterpret_cast<std::uint16_t*>(to));
  }
  /// Bits of numbers; those of a sum that begins at 0, which knows no -0.
  template <class D>
  static HWY_INLINE hn::Vec<D> LoadSums(D d, const T* from) {
    const hn::Rebind<std::uint16_t, D> halves;
    const auto bits = hn::PromoteTo(d, hn::LoadU(halves, reinterpret_cast<const std::uint16_t*>(from)));
    return hn::IfThenZeroElse(hn::Eq(bits, hn::Set(d, 0x8000)), bits);
  }
  template <class D>
  static HWY_INLINE void Store(D d, InputPairs<D> bits, T* to) {
    hn::StoreU(hn::Or(bits.left, hn::ShiftLeft<16>(bits.right)), d, reinterpret_cast<std::int32_t*>(to));
  }
};

template <>
struct Pairs<float> {
  template <class D>
  static HWY_INLINE InputPairs<D> Load(D d, const float* from) {
    const auto low = Keys<float>::Load(d, from), high = Keys<float>::Load(d, from + LanesOf(d));
    return {hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low)};
  }
  template <class D>
  static HWY_INLINE void StoreKeys(D d, hn::Vec<D> keys, float* to) {
    Keys<float>::Store(d, keys, to);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> LoadSums(D d, const float* from) {
    const auto bits = hn::LoadU(d, reinterpret_cast<const std::int32_t*>(from));
    return hn::IfThenZeroElse(hn::Eq(bits, hn::Set(d, Keys<float>::kOutside)), bits);
  }
  template <class D>
  static HWY_INLINE void Store(D d, InputPairs<D> bits, float* to) {
    hn::StoreInterleaved2(bits.left, bits.right, d, reinterpret_cast<std::int32_t*>(to));
  }
};

/// Maxima of as many windows as there are lanes, and which of a window's inputs they are, the first of equal ones.
template <class D, class T>
HWY_INLINE void PoolTiles(D d, const T* upper, const T* lower, T* to, std::uint8_t* winners) {
  const auto above = Pairs<T>::Load(d, upper), below = Pairs<T>::Load(d, lower);
  const auto ones = hn::Set(d, 1);
  const auto above_winner = hn::IfThenElseZero(hn::Gt(above.right, above.left), ones);
  const auto below_winner = hn::Add(hn::IfThenElseZero(hn::Gt(below.right, below.left), ones), hn::Set(d, 2));
  const auto above_largest = hn::Max(above.left, above.right), below_largest = hn::Max(below.left, below.right);
  const auto is_below = hn::Gt(below_largest, above_largest);
  Pairs<T>::StoreKeys(d, hn::Max(above_largest, below_largest), to);
  const hn::Rebind<std::uint8_t, D> bytes;
  const hn::RebindToUnsigned<D> words;
  hn::StoreU(hn::TruncateTo(bytes, hn::BitCast(words, hn::IfThenElse(is_below, below_winner, above_winner))), bytes,
             winners);
}

/// Gradients go to the inputs that were the largest.
template <class D, class T>
HWY_INLINE void SpreadTiles(D d, const T* from, const std::uint8_t* winners, T* upper, T* lower) {
  const auto gradients = Pairs<T>::LoadSums(d, from);
  const auto winner = hn::PromoteTo(d, hn::LoadU(hn::Rebind<std::uint8_t, D>(), winners));
  const auto to = [&](std::int32_t input) { return hn::IfThenElseZero(hn::Eq(winner, hn::Set(d, input)), gradients); };
  Pairs<T>::Store(d, InputPairs<D>{to(0), to(1)}, upper);
  Pairs<T>::Store(d, InputPairs<D>{to(2), to(3)}, lower);
}

/// Calls body(tag, where outputs as many as its lanes begin, where the upper of their inputs do) for rows of outputs,
/// in order. Vectors are no longer than a row, whose last one overlaps the one before.
template <class D, class Body>
HWY_INLINE void ForTilesInside(D d, std::int64_t width, Range rows, Body body) {
  const std::int64_t lanes = LanesOf(d), last = width - lanes;
  for (std::int64_t row = rows.begin; row < rows.end; ++row)
    for (std::int64_t x = 0; x < width; x += lanes) {
      const std::int64_t from = std::min(x, last);
      body(d, row * width + from, 2 * (2 * row * width + from));
    }
}

/// The same, by vectors that reach into the next row, which comes after and is written again; the last row by others.
template <class D, class Shorter, class Body>
HWY_INLINE void ForTilesBeyond(D d, Shorter shorter, std::int64_t width, Range rows, Body body) {
  for (std::int64_t row = rows.begin; row < rows.end - 1; ++row)
    for (std::int64_t x = 0; x < width; x += LanesOf(d)) body(d, row * width + x, 2 * (2 * row * width + x));
  ForTilesInside(shorter, width, {std::max(rows.begin, rows.end - 1), rows.end}, body);
}

template <class Body>
HWY_INLINE void ForTiles(std::int64_t width, Range rows, Body body) {
  constexpr hn::CappedTag<std::int32_t, 4> four;
  constexpr hn::CappedTag<std::int32_t, 8> eight;
  constexpr hn::CappedTag<std::int32_t, 16> sixteen;
  if (width == 4) return ForTilesInside(four, width, rows, body);
  if (width < 8) return ForTilesBeyond(eight, four, width, rows, body);
  if (width == 8) return ForTilesInside(eight, width, rows, body);
  if (width < 16) return ForTilesBeyond(sixteen, eight, width, rows, body);
  ForTilesInside(sixteen, width, rows, body);
}

void PoolRows(std::int64_t width, Range rows, const ConstValues& x, const Values& y, std::uint8_t* winners) {
  WithElements(x, [&]<class T>(const T* from) {
    ForTiles(width, rows, [=, to = y.as<T>()](auto d, std::int64_t output, std::int64_t input) {
      PoolTiles(d, from + input, from + input + 2 * width, to + output, winners + output);
    });
  });
}

void DifferentiateRows(std::int64_t width, Range rows, const std::uint8_t* winners, const ConstValues& dy,
                       const Values& dx) {
  WithElements(dy, [&]<class T>(const T* from) {
    ForTiles(width, rows, [=, to = dx.as<T>()](auto d, std::int64_t output, std::int64_t input) {
      SpreadTiles(d, from + output, winners + output, to + input, to + input + 2 * width);
    });
  });
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::network {
namespace {

HWY_EXPORT(PoolRows);
HWY_EXPORT(DifferentiateRows);

constexpr std::int64_t least_width = 4;  // of the shortest vectors

/// Whether windows cover each input once.
bool are_tiles(const PoolingSpec& spec) {
  const Window& w = spec.window;
  const bool two_by_two = w.kernel_h == 2 && w.kernel_w == 2 && w.stride_h == 2 && w.stride_w == 2;
  return two_by_two && w.pad_h == 0 && w.pad_w == 0 && spec.input.height == 2 * spec.output.height &&
         spec.input.width == 2 * spec.output.width;
}

class ByTiles : public PoolingKernel {
 public:
  explicit ByTiles(const PoolingSpec& spec) : output_(spec.output) {}

  std::int64_t planes_together() const override { return 1; }
  std::int64_t winner_bytes(std::int64_t planes) const override { return planes * output_.height * output_.width; }

  void forward(Range planes, reuse::ConstValues x, reuse::Values y, std::byte* winners) const override {
    HWY_DYNAMIC_DISPATCH(PoolRows)(output_.width, rows(planes), x, y, reinterpret_cast<std::uint8_t*>(winners));
  }
  void backward(Range planes, const std::byte* winners, reuse::ConstValues dy, reuse::Values dx) const override {
    HWY_DYNAMIC_DISPATCH(DifferentiateRows)
    (output_.width, rows(planes), reinterpret_cast<const std::uint8_t*>(winners), dy, dx);
  }

 private:
  /// Tiles end with a plane, so that rows of outputs are those of one image as tall as all.
  Range rows(Range planes) const { return {planes.begin * output_.height, planes.end * output_.height}; }

  SampleShape output_;
};

}  // namespace

std::unique_ptr<PoolingKernel> pooling_by_tiles(const PoolingSpec& spec) {
  const bool suits = spec.kind == PoolingSpec::Kind::max && are_tiles(spec) && spec.output.width >= least_width;
  return suits ? std::make_unique<ByTiles>(spec) : nullptr;
}

}  // namespace acrtc::network
#endif  // HWY_ONCE
