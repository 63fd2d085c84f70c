#pragma once

#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "reuse/shifted_planes.hpp"

namespace acrtc::reuse {

/// Strips of an im2col matrix whose windows run across output rows: pieces of the planes that its columns share, which
/// are loaded once for a block.
template <class T>
class PlaneStrips {
 public:
  static bool fit(const Im2col& a) {
    const ConvGeometry& g = a.geometry();
    return ShiftedPlanes<T>::fit(g, {0, g.output_pixels()}, {0, g.columns()});
  }

  explicit PlaneStrips(const Gemm& gemm) : a_(*gemm.a.im2col()), planes_(a_.geometry()) {}

  void begin(Range rows) {
    rows_ = rows;
    loaded_ = {};
  }

  /// Columns [strip) of piece `k` of the reduction.
  void load(Range rows, Range k, Range strip, MatrixView<T> out) {
    const Range shared = shared_by(k);
    if (loaded_ != shared) planes_.load(a_.x<T>(), rows_, loaded_ = shared);
    planes_.copy({rows.begin - rows_.begin, rows.end - rows_.begin},
                 {strip.begin - shared.begin, strip.end - shared.begin}, out);
  }

 private:
  /// The columns whose planes are loaded together: a piece's own, so that they stay in the second-level cache, but
  /// where channels lie side by side, so that all pieces see all of them.
  Range shared_by(Range k) const { return a_.geometry().order == ColumnOrder::ckhkw ? k : Range{0, a_.cols()}; }

  const Im2col& a_;
  ShiftedPlanes<T> planes_;
  Range rows_, loaded_;
};

}  // namespace acrtc::reuse
