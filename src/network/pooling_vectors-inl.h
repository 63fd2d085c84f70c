// Vectors of the numbers that are pooled. For Highway's targets, one at a time.

#if defined(ACRTC_NETWORK_POOLING_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_NETWORK_POOLING_VECTORS_INL_H_
#undef ACRTC_NETWORK_POOLING_VECTORS_INL_H_
#else
#define ACRTC_NETWORK_POOLING_VECTORS_INL_H_
#endif

#include <cstdint>
#include <limits>
#include <type_traits>

#include "acrtc/reuse/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::network::HWY_NAMESPACE {
using namespace reuse::HWY_NAMESPACE;

/// Numbers of type T as integers in the same order: their magnitudes, negated where the number is negative. Both zeros
/// are equal; a NaN of either sign is larger than all numbers.
template <class T>
struct Keys {
  using Lane = std::conditional_t<sizeof(T) == 2, std::int16_t, std::int32_t>;

  static constexpr Lane kOutside = std::numeric_limits<Lane>::min();
  /// Bits of the first negative NaN, which are above those of negative numbers.
  static constexpr auto kNegativeNan = static_cast<Lane>(sizeof(T) == 4                      ? 0xff800001
                                                         : std::is_same_v<T, hwy::float16_t> ? 0xfc01
                                                                                             : 0xff81);

  template <class D>
  static HWY_INLINE hn::Vec<D> Load(D d, const T* from) {
    const auto bits = hn::LoadU(d, reinterpret_cast<const Lane*>(from)), least = hn::Set(d, kOutside);
    return hn::IfThenElse(hn::Lt(bits, hn::Set(d, kNegativeNan)), hn::Sub(least, bits), hn::AndNot(least, bits));
  }
  /// The numbers' bits, lowest in lanes that may be wider than a key.
  template <class D>
  static HWY_INLINE hn::Vec<D> Bits(D d, hn::Vec<D> keys) {
    return hn::IfThenElse(hn::Lt(keys, hn::Zero(d)), hn::Sub(hn::Set(d, kOutside), keys), keys);
  }
  template <class D>
  static HWY_INLINE void Store(D d, hn::Vec<D> keys, T* to) {
    hn::StoreU(Bits(d, keys), d, reinterpret_cast<Lane*>(to));
  }
};

/// Numbers as FP32 ones that are added.
template <class T>
struct Terms {
  using Lane = float;

  static constexpr float kOutside = 0;

  template <class D>
  static HWY_INLINE hn::Vec<D> Load(D d, const T* from) {
    return LoadAs(d, from);
  }
};

template <class D>
constexpr std::int64_t LanesOf(D d) {
  return static_cast<std::int64_t>(hn::Lanes(d));
}

/// Rounds and stores numbers by turns, those of `even` first.
template <reuse::Format kFormat, class T>
HWY_INLINE void StorePairs(Numbers even, Numbers odd, T* to) {
  const hn::Rebind<typename Keys<T>::Lane, F32> d;
  HWY_ALIGN T apart[2 * hn::MaxLanes(F32())];
  const auto load = [&](const T* from) { return hn::LoadU(d, reinterpret_cast<const hn::TFromD<decltype(d)>*>(from)); };
  StoreRounded<kFormat>(even, apart);
  StoreRounded<kFormat>(odd, apart + LanesOf(d));
  hn::StoreInterleaved2(load(apart), load(apart + LanesOf(d)), d, reinterpret_cast<typename Keys<T>::Lane*>(to));
}
template <reuse::Format>
HWY_INLINE void StorePairs(Numbers even, Numbers odd, std::uint16_t* to) {
  hn::StoreU(HalvesOf(even, odd), hn::DFromV<Halves>(), to);
}

/// Calls body(tag) with that of vectors which are not much longer than a row: stores of longer ones overlap those of
/// the next rows, which takes twice as long for small planes.
template <class Lane, class Body>
HWY_INLINE void WithVectors(std::int64_t width, Body body) {
  constexpr std::int64_t kLanes = 16 / sizeof(Lane);
  if (width <= kLanes) return body(hn::CappedTag<Lane, kLanes>());
  if (width <= 2 * kLanes) return body(hn::CappedTag<Lane, 2 * kLanes>());
  body(hn::ScalableTag<Lane>());
}

}  // namespace acrtc::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // ACRTC_NETWORK_POOLING_VECTORS_INL_H_
