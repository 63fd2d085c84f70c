// Squares that are transposed inside vectors.

#if defined(ACRTC_REUSE_TRANSPOSE_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ACRTC_REUSE_TRANSPOSE_BLOCKS_INL_H_
#undef ACRTC_REUSE_TRANSPOSE_BLOCKS_INL_H_
#else
#define ACRTC_REUSE_TRANSPOSE_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Transposes squares of 16 bytes' width, a square in each 16 bytes of the vectors: element j of vector i becomes
/// element i of vector j.
template <class D, class V>
HWY_INLINE void TransposeBlocks(D d, V (&v)[16 / sizeof(hn::TFromD<D>)]) {
  constexpr int kRows = 16 / sizeof(hn::TFromD<D>), kHalf = kRows / 2;
  if constexpr (kRows == 2) {
    const V first = v[0];
    v[0] = hn::InterleaveLower(d, first, v[1]);
    v[1] = hn::InterleaveUpper(d, first, v[1]);
  } else {
    const hn::RepartitionToWide<D> wide;
    hn::Vec<decltype(wide)> lower[kHalf], upper[kHalf];
    for (int i = 0; i < kHalf; ++i) {
      lower[i] = hn::BitCast(wide, hn::InterleaveLower(d, v[2 * i], v[2 * i + 1]));
      upper[i] = hn::BitCast(wide, hn::InterleaveUpper(d, v[2 * i], v[2 * i + 1]));
    }
    TransposeBlocks(wide, lower);
    TransposeBlocks(wide, upper);
    for (int i = 0; i < kHalf; ++i) {
      v[i] = hn::BitCast(d, lower[i]);
      v[kHalf + i] = hn::BitCast(d, upper[i]);
    }
  }
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
