// Comparing single products where the elements of a window lie in as many vectors, in the same lane of each.

#if defined(ACRTC_REUSE_WINDOW_ACROSS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_WINDOW_ACROSS_INL_H_
#undef ACRTC_REUSE_WINDOW_ACROSS_INL_H_
#else
#define ACRTC_REUSE_WINDOW_ACROSS_INL_H_
#endif

#include <hwy/highway.h>

#include "reuse/window_keys-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Where lanes are equal, among those of `where`.
template <class D>
HWY_INLINE hn::Mask<D> EqualWhere(D, hn::Mask<D> where, hn::Vec<D> a, hn::Vec<D> b) {
#if HWY_TARGET <= HWY_AVX3  // And() would cost an instruction
  if constexpr (sizeof(hn::TFromD<D>) == 2)
    return {_mm512_mask_cmpeq_epi16_mask(where.raw, a.raw, b.raw)};
  else
    return {_mm512_mask_cmpeq_epi32_mask(where.raw, a.raw, b.raw)};
#else
  return hn::And(where, hn::Eq(a, b));
#endif
}

/// Replaces repeats in kRows vectors, a window in each lane. Says what it found: nonzero(i, mask) for all vectors,
/// matched(i, mask) for all but the first, which repeats nothing.
template <int kRows, bool kHalf, class D, class Nonzero, class Matched>
HWY_INLINE void ReplaceAcross(D d, const KeyMaker<D>& keys, hn::Vec<D>* value, Nonzero nonzero, Matched matched) {
  hn::Vec<D> key[kRows];
  for (int i = 0; i < kRows; ++i) {
    const auto any = keys.Nonzero(value[i]);
    key[i] = keys.template Key<kHalf>(value[i], any);
    nonzero(i, any);
  }
  for (int i = 1; i < kRows; ++i) {
    const auto finite = keys.Finite(value[i]);
    auto all = hn::FirstN(d, 0);
    for (int j = i - 1; j >= 0; --j) {  // downwards: the first row with the key, itself no repeat, has the last word
      const auto equal = EqualWhere(d, finite, key[i], key[j]);
      value[i] = hn::IfThenElse(equal, value[j], value[i]);
      all = j == i - 1 ? equal : hn::Or(all, equal);
    }
    matched(i, all);
  }
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
