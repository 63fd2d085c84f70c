// The ends of rows that are no whole vector. For Highway's targets, one at a time.

#if defined(ACRTC_REUSE_PART_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_PART_VECTOR_INL_H_
#undef ACRTC_REUSE_PART_VECTOR_INL_H_
#else
#define ACRTC_REUSE_PART_VECTOR_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The first n lanes; none or all where n lies outside them.
template <class D>
HWY_INLINE hn::Mask<D> FirstLanes(D d, std::int64_t n) {
  return hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(n, 0, hn::Lanes(d))));
}

/// The first n elements, then zeros. Nothing behind them is read and nothing need be aligned, other than with Highway's
/// MaskedLoad() on targets without masks.
template <class D>
HWY_INLINE hn::Vec<D> LoadFirst(D d, const hn::TFromD<D>* from, std::size_t n) {
#if HWY_TARGET <= HWY_AVX3
  return hn::MaskedLoad(hn::FirstN(d, n), d, from);
#else
  HWY_ALIGN hn::TFromD<D> all[hn::MaxLanes(d)] = {};
  std::copy_n(from, n, all);
  return hn::Load(d, all);
#endif
}

/// Stores the first n elements, and touches nothing behind them.
template <class D>
HWY_INLINE void StoreFirst(hn::Vec<D> v, D d, hn::TFromD<D>* to, std::size_t n) {
#if HWY_TARGET <= HWY_AVX3
  hn::BlendedStore(v, hn::FirstN(d, n), d, to);
#else
  HWY_ALIGN hn::TFromD<D> all[hn::MaxLanes(d)];
  hn::Store(v, d, all);
  std::copy_n(all, n, to);
#endif
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
