#include "reuse/copy_pieces.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/copy_pieces.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Whole vectors, the last of them up to the last element: it may repeat some, and writes none beyond.
template <class D, class T>
void CopyPieces(D d, const T* from, std::span<const std::int64_t> pieces, std::int64_t length, MatrixView<T> to) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if constexpr (hn::MaxLanes(D()) > 1)
    if (length < lanes) return CopyPieces(hn::Half<D>(), from, pieces, length, to);
  T* row = to.data;
  for (const std::int64_t piece : pieces) {
    const T* values = from + piece;
    for (std::int64_t i = 0; i + lanes < length; i += lanes) hn::StoreU(hn::LoadU(d, values + i), d, row + i);
    hn::StoreU(hn::LoadU(d, values + length - lanes), d, row + length - lanes);
    row += to.stride;
  }
}

void CopyPieces16(const std::uint16_t* from, std::span<const std::int64_t> pieces, std::int64_t length,
                  MatrixView<std::uint16_t> to) {
  CopyPieces(hn::ScalableTag<std::uint16_t>(), from, pieces, length, to);
}
void CopyPieces32(const float* from, std::span<const std::int64_t> pieces, std::int64_t length, MatrixView<float> to) {
  CopyPieces(hn::ScalableTag<float>(), from, pieces, length, to);
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(CopyPieces16);
HWY_EXPORT(CopyPieces32);

}  // namespace

void copy_pieces(const std::uint16_t* from, std::span<const std::int64_t> pieces, std::int64_t length,
                 MatrixView<std::uint16_t> to) {
  HWY_DYNAMIC_DISPATCH(CopyPieces16)(from, pieces, length, to);
}

void copy_pieces(const float* from, std::span<const std::int64_t> pieces, std::int64_t length, MatrixView<float> to) {
  HWY_DYNAMIC_DISPATCH(CopyPieces32)(from, pieces, length, to);
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
