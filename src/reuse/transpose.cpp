#include "acrtc/reuse/transpose.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/transpose.cpp"
#include <hwy/foreach_target.h>
// Headers for each target follow the one that goes through them.
#include <hwy/highway.h>

#include "reuse/transpose_blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Sixteen bytes of each of some rows, `step` elements apart, one row behind the other.
template <class D, class T>
HWY_INLINE hn::Vec<D> LoadBlocks(D d, const T* from, std::int64_t step) {
  if constexpr (hn::MaxLanes(d) * sizeof(T) == 16) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    const std::int64_t rows = hn::MaxLanes(half) * sizeof(T) / 16;
    return hn::Combine(d, LoadBlocks(half, from + rows * step, step), LoadBlocks(half, from, step));
  }
}

/// Squares of as many rows as `D` has lanes, sixteen bytes wide; returns how many rows were transposed.
template <class D, class T>
std::int64_t TransposeRows(D d, std::int64_t first, MatrixView<const T> from, MatrixView<T> to) {
  constexpr std::int64_t kSide = 16 / sizeof(T);
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
  const std::int64_t cols = from.cols / kSide * kSide;
  std::int64_t r = first;
  for (; r + kLanes <= from.rows; r += kLanes)
    for (std::int64_t c = 0; c < cols; c += kSide) {
      hn::Vec<D> v[kSide];
      for (std::int64_t i = 0; i < kSide; ++i) v[i] = LoadBlocks(d, from.row(r + i) + c, kSide * from.stride);
      TransposeBlocks(d, v);
      for (std::int64_t i = 0; i < kSide; ++i) hn::StoreU(v[i], d, to.row(c + i) + r);
    }
  return r;
}

/// The remainder that is no whole square one by one.
template <class T>
void TransposeAll(MatrixView<const T> from, MatrixView<T> to) {
  constexpr std::int64_t kSide = 16 / sizeof(T);
  const std::int64_t many = TransposeRows(hn::CappedTag<T, 64 / sizeof(T)>(), 0, from, to);
  const std::int64_t rows = TransposeRows(hn::FixedTag<T, kSide>(), many, from, to);
  const std::int64_t cols = from.cols / kSide * kSide;
  for (std::int64_t r = 0; r < from.rows; ++r)
    for (std::int64_t c = r < rows ? cols : 0; c < from.cols; ++c) to(c, r) = from(r, c);
}

void Transpose32(MatrixView<const std::uint32_t> from, MatrixView<std::uint32_t> to) { TransposeAll(from, to); }
void Transpose16(MatrixView<const std::uint16_t> from, MatrixView<std::uint16_t> to) { TransposeAll(from, to); }

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(Transpose16);
HWY_EXPORT(Transpose32);

}  // namespace

void transpose(MatrixView<const std::uint32_t> from, MatrixView<std::uint32_t> to) {
  HWY_DYNAMIC_DISPATCH(Transpose32)(from, to);
}

void transpose(MatrixView<const std::uint16_t> from, MatrixView<std::uint16_t> to) {
  HWY_DYNAMIC_DISPATCH(Transpose16)(from, to);
}

/// Moved by vector instructions alone, as bit patterns.
void transpose(MatrixView<const float> from, MatrixView<float> to) {
  transpose(MatrixView<const std::uint32_t>{reinterpret_cast<const std::uint32_t*>(from.data), from.rows, from.cols,
                                            from.stride},
            {reinterpret_cast<std::uint32_t*>(to.data), to.rows, to.cols, to.stride});
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
