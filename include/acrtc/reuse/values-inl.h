// Vectors of operand numbers: computed in FP32, stored rounded to their format. For Highway's targets, one at a time.

#if defined(ACRTC_REUSE_VALUES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_VALUES_INL_H_
#undef ACRTC_REUSE_VALUES_INL_H_
#else
#define ACRTC_REUSE_VALUES_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "acrtc/reuse/values.hpp"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using U32 = hn::RebindToUnsigned<F32>;
using U16 = hn::Rebind<std::uint16_t, U32>;
using Numbers = hn::Vec<F32>;
using Bits = hn::Vec<U32>;
using Halves = hn::Vec<hn::ScalableTag<std::uint16_t>>;

/// Rounds to nearest even what lies above the lowest kDropped bits, which are left as they fall. A carry out of the
/// mantissa rightly moves into the exponent; one into an infinity's mantissa stays below.
template <int kDropped>
HWY_INLINE Bits Carry(Bits bits) {
  const U32 d;
  const auto odd = hn::And(hn::ShiftRight<kDropped>(bits), hn::Set(d, 1));
  return hn::Add(hn::Add(bits, hn::Set(d, (1U << (kDropped - 1)) - 1)), odd);
}

/// `rounded`, but NaNs, which a carry would change into others or zeros, as quiet ones: that bit is an upper one.
HWY_INLINE Bits UnlessNan(Bits bits, Bits rounded) {
  const U32 d;
  const auto is_nan = hn::RebindMask(d, hn::IsNaN(hn::BitCast(F32(), bits)));
  return hn::IfThenElse(is_nan, hn::Or(bits, hn::Set(d, 0x00400000)), rounded);
}

/// Keeps the sign, the exponent and the upper bits of the mantissa, rounded to nearest even.
template <int kDropped>
HWY_INLINE Bits RoundMantissa(Bits bits) {
  return UnlessNan(bits, hn::And(Carry<kDropped>(bits), hn::Set(U32(), ~((1U << kDropped) - 1))));
}

/// fp16's 10 mantissa bits, its fixed-point subnormals below 2^-14 and its overflow at 65520, in FP32 arithmetic:
/// adding and subtracting 1.5 * 2^-1 (half an ulp of which is 2^-25) rounds a small value to a multiple of 2^-24.
HWY_INLINE Bits RoundHalf(Bits bits) {
  const U32 d;
  const F32 df;
  const auto sign = hn::And(bits, hn::Set(d, 0x80000000));
  const auto magnitude = hn::AndNot(hn::Set(d, 0x80000000), bits);
  const auto magic = hn::Set(df, 0.75F);
  const auto tiny = hn::Sub(hn::Add(hn::BitCast(df, magnitude), magic), magic);
  const auto normal = RoundMantissa<13>(magnitude);
  const auto finite = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0x38800000)), hn::BitCast(d, tiny), normal);
  const auto overflow = hn::And(hn::Gt(normal, hn::Set(d, 0x477fffff)), hn::Lt(magnitude, hn::Set(d, 0x7f800000)));
  return hn::Or(sign, hn::IfThenElse(overflow, hn::Set(d, 0x7f800000), finite));
}

/// The bits of FP32 values, rounded to a format.
template <Format kFormat>
HWY_INLINE Bits Rounded(Numbers values) {
  const auto bits = hn::BitCast(U32(), values);
  if constexpr (kFormat == Format::fp16) return RoundHalf(bits);
  if constexpr (kFormat == Format::bf16) return RoundMantissa<16>(bits);
  if constexpr (kFormat == Format::tf32) return RoundMantissa<13>(bits);
  return bits;
}

/// Numbers as FP32 in vectors of any length.
template <class D>
HWY_INLINE hn::Vec<D> LoadAs(D d, const float* from) {
  return hn::LoadU(d, from);
}
template <class D>
HWY_INLINE hn::Vec<D> LoadAs(D d, const std::uint16_t* from) {
  const hn::RebindToUnsigned<D> du;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(hn::Rebind<std::uint16_t, D>(), from))));
}

#if HWY_TARGET <= HWY_AVX2  // these have instructions, which round; what Highway does elsewhere knows no infinities
template <class D>
HWY_INLINE hn::Vec<D> LoadAs(D d, const hwy::float16_t* from) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::float16_t, D>(), from));
}
template <Format>
HWY_INLINE void StoreRounded(Numbers values, hwy::float16_t* to) {
  const hn::Rebind<hwy::float16_t, F32> d;
  hn::StoreU(hn::DemoteTo(d, values), d, to);
}
#else
template <class D>
HWY_INLINE hn::Vec<D> LoadAs(D df, const hwy::float16_t* from) {
  const hn::RebindToUnsigned<D> d;
  const hn::Rebind<std::uint16_t, D> halves;
  const auto half = hn::PromoteTo(d, hn::LoadU(halves, reinterpret_cast<const std::uint16_t*>(from)));
  const auto magnitude = hn::ShiftLeft<13>(hn::And(half, hn::Set(d, 0x7fff)));
  const auto finite = hn::Mul(hn::BitCast(df, magnitude), hn::Set(df, 0x1p112F));  // moves the exponent
  const auto exponent = hn::IfThenElseZero(hn::Gt(magnitude, hn::Set(d, 0x0f7fffff)), hn::Set(d, 0x7f800000));
  const auto sign = hn::ShiftLeft<16>(hn::And(half, hn::Set(d, 0x8000)));
  return hn::BitCast(df, hn::Or(hn::Or(sign, exponent), hn::BitCast(d, finite)));
}
template <Format>
HWY_INLINE void StoreRounded(Numbers values, hwy::float16_t* to) {
  const U32 d;
  const Bits bits = Rounded<Format::fp16>(values);
  const auto magnitude = hn::And(bits, hn::Set(d, 0x7fffffff));
  const auto units = hn::Mul(hn::BitCast(F32(), magnitude), hn::Set(F32(), 0x1p24F));  // of the smallest subnormal
  const auto subnormal = hn::BitCast(d, hn::ConvertTo(hn::RebindToSigned<U32>(), units));
  const auto normal = hn::Sub(hn::ShiftRight<13>(magnitude), hn::Set(d, 112 << 10));
  const auto other = hn::Or(hn::And(hn::ShiftRight<13>(magnitude), hn::Set(d, 0x3ff)), hn::Set(d, 0x7c00));
  auto half = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0x38800000)), subnormal, normal);
  half = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0x7f800000)), half, other);
  half = hn::Or(half, hn::ShiftRight<16>(hn::AndNot(hn::Set(d, 0x7fffffff), bits)));
  hn::StoreU(hn::TruncateTo(U16(), half), U16(), reinterpret_cast<std::uint16_t*>(to));
}
#endif

template <class T>
HWY_INLINE Numbers Load(const T* from) {
  return LoadAs(F32(), from);
}
template <Format kFormat>
HWY_INLINE void StoreRounded(Numbers values, float* to) {
  hn::StoreU(hn::BitCast(F32(), Rounded<kFormat>(values)), F32(), to);
}
/// Values rounded to bf16: what lies in the lower halves is left over.
HWY_INLINE Bits UpperHalves(Numbers values) {
  const Bits bits = hn::BitCast(U32(), values);
  return UnlessNan(bits, Carry<16>(bits));
}
template <Format>
HWY_INLINE void StoreRounded(Numbers values, std::uint16_t* to) {
  hn::StoreU(hn::TruncateTo(U16(), hn::ShiftRight<16>(UpperHalves(values))), U16(), to);
}

/// The first n elements, n less than a vector holds, then zeros.
template <class T>
HWY_INLINE Numbers LoadSome(const T* from, std::size_t n) {
  HWY_ALIGN T all[hn::MaxLanes(F32())] = {};
  std::copy_n(from, n, all);
  return Load(all);
}

/// Where numbers of a format go.
template <class T, Format kFormat>
struct Sink {
  T* to;

  Sink From(std::int64_t at) const { return {to + at}; }
  void Store(Numbers values, std::size_t at) const { StoreRounded<kFormat>(values, to + at); }
  void StoreSome(Numbers values, std::size_t at, std::size_t n) const {
    HWY_ALIGN T all[hn::MaxLanes(F32())];
    StoreRounded<kFormat>(values, all);
    std::copy_n(all, n, to + at);
  }
};

/// What becomes of numbers before they are stored.
class Ending {
 public:
  explicit Ending(Rectified rectified)
      : highest_cleared_(hn::Set(F32(), rectified == Rectified::yes ? 0 : std::numeric_limits<float>::quiet_NaN())) {}

  Numbers operator()(Numbers values) const { return hn::IfThenZeroElse(hn::Le(values, highest_cleared_), values); }

 private:
  Numbers highest_cleared_;  ///< NaN, which nothing is below, where nothing is cleared
};

/// Calls body with the Sink of `to`.
template <class Body>
HWY_INLINE void WithSink(const Values& to, Body body) {
  if (to.halves && to.format == Format::fp16) return body(Sink<hwy::float16_t, Format::fp16>{to.as<hwy::float16_t>()});
  if (to.halves) return body(Sink<std::uint16_t, Format::bf16>{to.as<std::uint16_t>()});
  switch (to.format) {
    case Format::fp16:
      return body(Sink<float, Format::fp16>{to.as<float>()});
    case Format::bf16:
      return body(Sink<float, Format::bf16>{to.as<float>()});
    case Format::tf32:
      return body(Sink<float, Format::tf32>{to.as<float>()});
    case Format::fp32:
      return body(Sink<float, Format::fp32>{to.as<float>()});
  }
}

/// Calls body with the first element.
template <class Body>
HWY_INLINE auto WithElements(const ConstValues& from, Body body) {
  if (from.halves && from.format == Format::fp16) return body(from.as<hwy::float16_t>());
  return from.halves ? body(from.as<std::uint16_t>()) : body(from.as<float>());
}

/// Two vectors of bf16 numbers in one of halves: those at even places, then those at odd ones.
HWY_INLINE Numbers EvenOf(Halves halves) { return hn::BitCast(F32(), hn::ShiftLeft<16>(hn::BitCast(U32(), halves))); }
HWY_INLINE Numbers OddOf(Halves halves) {
  return hn::BitCast(F32(), hn::And(hn::BitCast(U32(), halves), hn::Set(U32(), 0xffff0000)));
}
HWY_INLINE Halves HalvesOf(Numbers even, Numbers odd) {
  const hn::DFromV<Halves> d;
  return hn::OddEven(hn::BitCast(d, UpperHalves(odd)), hn::BitCast(d, hn::ShiftRight<16>(UpperHalves(even))));
}

/// to[i] = function(from[i]...) for bf16, two vectors at a time that are loaded and stored as one. How many were done.
template <class Function, class... From>
HWY_INLINE std::size_t MapHalves(std::uint16_t* to, std::size_t n, Function function, const From*... from) {
  const hn::DFromV<Halves> d;
  const auto both = [&](auto... halves) { return HalvesOf(function(EvenOf(halves)...), function(OddOf(halves)...)); };
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) hn::StoreU(both(hn::LoadU(d, from + i)...), d, to + i);
  return i;
}

/// to[i] = function(from[i]...), a vector at a time.
template <class T, Format kFormat, class Function, class... From>
HWY_INLINE void Map(Sink<T, kFormat> to, std::int64_t size, Function function, const From*... from) {
  const auto n = static_cast<std::size_t>(size);
  const std::size_t lanes = hn::Lanes(F32());
  std::size_t i = 0;
  if constexpr ((std::is_same_v<T, std::uint16_t> && ... && std::is_same_v<From, std::uint16_t>))
    i = MapHalves(to.to, n, function, from...);
  for (; i + lanes <= n; i += lanes) to.Store(function(Load(from + i)...), i);
  if (i < n) to.StoreSome(function(LoadSome(from + i, n - i)...), i, n - i);
}

/// Calls body(vector of each..., lanes that are numbers) in order; the other lanes are zero.
template <class Body, class... From>
HWY_INLINE void ForEach(std::int64_t size, Body body, const From*... from) {
  const auto n = static_cast<std::size_t>(size);
  const std::size_t lanes = hn::Lanes(F32());
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) body(Load(from + i)..., lanes);
  if (i < n) body(LoadSome(from + i, n - i)..., n - i);
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // ACRTC_REUSE_VALUES_INL_H_
