#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "reuse/shifted_planes.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// Row-major blocks of a transposed im2col matrix, whose rows are taps and whose columns pixels: transformed on their
/// way from the planes that taps share, or behind it where samples end inside a vector.
template <class T>
class PlaneRows {
 public:
  static bool fit(const Gemm& gemm, const BlockTransform& transform) {
    const Im2col* image = gemm.a.im2col_transposed();
    return image && ShiftedPlanes<T>::fit(image->geometry(), cut_depth(gemm.a).front(),
                                          {0, std::min(gemm.m(), block_rows(gemm, transform))});
  }

  /// Blocks of whole channels, where these are small: no channel's planes are loaded for two blocks. As large as leaves
  /// four, so that threads have some each.
  static std::int64_t block_rows(const Gemm& gemm, const BlockTransform& transform) {
    const ConvGeometry& g = gemm.a.im2col_transposed()->geometry();
    const std::int64_t wanted = std::clamp(g.columns() / 4, min_rows, max_rows);
    const std::int64_t channel = std::lcm(transform.window(), g.kernel_h * g.kernel_w);
    return channel <= 2 * wanted ? std::max<std::int64_t>(1, wanted / channel) * channel
                                 : round_up(wanted, transform.window());
  }

  PlaneRows(const Gemm& gemm, const BlockTransform& transform)
      : a_(*gemm.a.im2col_transposed()), transform_(transform), planes_(a_.geometry()) {}

  WindowCount load(Range rows, Range pixels, MatrixView<T> out) {
    planes_.load(a_.x<T>(), pixels, rows);
    if (!bands_are_whole_vectors()) {
      planes_.copy({0, pixels.size()}, {0, rows.size()}, out);
      return transform_.rows(out);
    }
    WindowCount count;
    for (const auto& band : planes_.bands())
      count += transform_.rows(planes_.values().data() + band.at, band.taps,
                               MatrixView<T>{out.data + band.pixels.begin, out.rows, band.pixels.size(), out.stride});
    return count;
  }

 private:
  static constexpr std::int64_t vector_lanes = 32;  // a multiple of column_grain: no lane group lies in two bands
  static constexpr std::int64_t min_rows = 72, max_rows = 144;

  /// But for the last, which ends where the block does.
  bool bands_are_whole_vectors() const {
    const auto bands = planes_.bands();
    return std::all_of(bands.begin(), bands.end() - 1,
                       [](const auto& band) { return band.pixels.end % vector_lanes == 0; });
  }

  const Im2col& a_;
  const BlockTransform& transform_;
  ShiftedPlanes<T> planes_;
};

}  // namespace acrtc::reuse
