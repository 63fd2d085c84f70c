// Keys of elements, for the kernels of window.cpp and whatever compares like them. Compiled once for each instruction
// set: the include guard is Highway's per-target one.

#if defined(ACRTC_REUSE_WINDOW_KEYS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_WINDOW_KEYS_INL_H_
#undef ACRTC_REUSE_WINDOW_KEYS_INL_H_
#else
#define ACRTC_REUSE_WINDOW_KEYS_INL_H_
#endif

#include <hwy/highway.h>

#include "acrtc/reuse/window.hpp"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// One vector of elements with what comparing needs to know of them.
template <class D>
struct Keyed {
  hn::Vec<D> value, key;
  hn::Mask<D> zero, finite;
};

/// Makes keys of one format: elements are bit patterns of lane type uint16_t (fp16, bf16) or uint32_t (FP32).
template <class D>
class KeyMaker {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;

  explicit KeyMaker(const WindowRule& rule)
      : half_in_float_(sizeof(T) == 4 && rule.format == Format::fp16),
        kept_(hn::Set(D(), static_cast<T>(~((T{1} << Dropped(rule)) - 1)))),
        exponent_(hn::Set(D(), Exponent(rule.format))) {}

  /// True where keys of fp16 are made of FP32 values, whose subnormals differ.
  bool half_in_float() const { return half_in_float_; }

  HWY_INLINE hn::Mask<D> Nonzero(V bits) const {
    const D d;
    const auto magnitude = hn::Set(d, static_cast<T>(static_cast<T>(~T{0}) >> 1));
#if HWY_TARGET <= HWY_AVX3  // there, true where any of the bits is set
    return hn::TestBit(bits, magnitude);
#else
    return hn::Ne(hn::And(bits, magnitude), hn::Zero(d));
#endif
  }

  /// The key alone, for which an instruction suffices where vectors are masked.
  template <bool kHalf>
  HWY_INLINE V Key(V bits, hn::Mask<D> nonzero) const {
    if constexpr (kHalf && sizeof(T) == 4) {
      const auto canonical = hn::IfThenElseZero(nonzero, bits);
      return HalfKey(canonical, hn::And(canonical, kept_));
    } else {
      return hn::IfThenElseZero(nonzero, hn::And(bits, kept_));
    }
  }

  template <bool kHalf>
  HWY_INLINE Keyed<D> operator()(V bits) const {
    const D d;
    const auto zero = hn::Eq(hn::Add(bits, bits), hn::Zero(d));  // doubling shifts the sign out
    const auto finite = Finite(bits);
    const auto canonical = hn::IfThenZeroElse(zero, bits);
    auto key = hn::And(canonical, kept_);
    if constexpr (kHalf && sizeof(T) == 4) key = HalfKey(canonical, key);
    return {bits, key, zero, finite};
  }

  HWY_INLINE hn::Mask<D> Finite(V bits) const { return hn::Ne(hn::And(bits, exponent_), exponent_); }

 private:
  /// All bits of the exponent, which only what is not finite has set.
  static T Exponent(Format format) {
    if (sizeof(T) == 4) return static_cast<T>(0x7f800000);
    return format == Format::fp16 ? T{0x7c00} : T{0x7f80};
  }

  static int Dropped(const WindowRule& rule) {
    return (sizeof(T) == 2 ? 0 : mantissa_bits(Format::fp32) - mantissa_bits(rule.format)) + rule.dropped_bits;
  }

  /// fp16's subnormals are fixed-point numbers: added to 2^-14 they show their 10 bits as a mantissa. Bit 0, clear in
  /// every other key of the format, keeps them apart from the normal numbers there.
  HWY_INLINE V HalfKey(V bits, V normal_key) const {
    const D d;
    const hn::RebindToFloat<D> df;
    const auto sign = hn::And(bits, hn::Set(d, T{1} << 31));
    const auto magnitude = hn::Xor(bits, sign);
    const auto smallest = hn::Set(df, 0x1p-14F);
    const auto fixed = hn::BitCast(d, hn::Add(hn::BitCast(df, magnitude), smallest));
    const auto key = hn::Or(hn::Or(hn::And(fixed, kept_), sign), hn::Set(d, T{1}));
    return hn::IfThenElse(hn::Lt(magnitude, hn::BitCast(d, smallest)), key, normal_key);
  }

  bool half_in_float_;
  V kept_, exponent_;
};

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
