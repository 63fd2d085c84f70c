#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>

#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "reuse/shifted_planes.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// Row-major blocks of a transposed im2col matrix, whose rows are taps and whose columns pixels: transformed on their
/// way from the planes that taps share.
template <class T>
class PlaneRows {
 public:
  /// Where a sample's pixels are whole vectors, and blocks of them whole output rows, few enough to be worth planes.
  static bool fit(const Im2col& image) {
    const ConvGeometry& g = image.geometry();
    const std::int64_t pixels = g.output_h() * g.output_w();
    return pixels % vector_lanes == 0 && min_output_rows * std::lcm(g.output_w(), column_grain) <= dense::longest_k &&
           ShiftedPlanes<T>::fit(g, {0, std::min(g.output_h(), min_output_rows) * g.output_w()}, {0, g.columns()});
  }

  /// Blocks of whole channels, where these are small: no channel's planes are loaded for two blocks. As large as leaves
  /// four, so that threads have some each.
  static std::int64_t block_rows(const Im2col& image, const BlockTransform& transform) {
    const ConvGeometry& g = image.geometry();
    const std::int64_t wanted = std::clamp(g.columns() / 4, min_rows, max_rows);
    const std::int64_t channel = std::lcm(transform.window(), g.kernel_h * g.kernel_w);
    return channel <= 2 * wanted ? std::max<std::int64_t>(1, wanted / channel) * channel
                                 : round_up(wanted, transform.window());
  }

  PlaneRows(const Gemm& gemm, const BlockTransform& transform)
      : a_(*gemm.a.im2col_transposed()), transform_(transform) {}

  WindowCount load(Range rows, Range pixels, MatrixView<T> out) {
    if (!planes_ || planes_->columns() != rows) planes_.emplace(a_.geometry(), rows);
    planes_->load(a_.x<T>(), pixels);
    WindowCount count;
    for (const auto& band : planes_->bands())
      count += transform_.rows(planes_->values().data() + band.at, band.taps,
                               MatrixView<T>{out.data + band.pixels.begin, out.rows, band.pixels.size(), out.stride});
    return count;
  }

 private:
  static constexpr std::int64_t vector_lanes = 32, min_output_rows = 4;
  static constexpr std::int64_t min_rows = 72, max_rows = 144;

  const Im2col& a_;
  const BlockTransform& transform_;
  std::optional<ShiftedPlanes<T>> planes_;  ///< of the rows that were loaded last
};

}  // namespace acrtc::reuse
