#pragma once

#include <algorithm>
#include <cstdint>

#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "reuse/panels.hpp"
#include "reuse/shifted_planes.hpp"

namespace acrtc::reuse {

/// Panels of an im2col matrix whose windows lie inside output rows: what its columns share is loaded and transformed
/// once for a block, and counted as often as columns show it.
template <class T, class M>
class PlanePanels {
 public:
  static bool fit(const Im2col& a, const BlockTransform& transform) {
    const ConvGeometry& g = a.geometry();
    const std::int64_t together = transform.marked_together(), image = g.output_h() * g.output_w();
    return together > 0 && g.output_w() % together == 0 && ShiftedPlanes<T>::fit(g, {0, image}, {0, g.columns()});
  }

  /// Counts into `count`.
  PlanePanels(const Gemm& gemm, const BlockTransform& transform, WindowCount& count)
      : a_(*gemm.a.im2col()), transform_(transform), count_(count), planes_(a_.geometry()) {}

  void begin(Range rows) {
    rows_ = rows;
    planes_.load(a_.x<T>(), rows, {0, a_.cols()});
    marks_.reserve(planes_.values().size() / marked_window + std::size_t{marks_slack});
    transform_.mark(std::span<const T>(planes_.values()), planes_.values().data(), marks_.data());
    for (const auto& band : planes_.bands())
      count_ +=
          transform_.count(marks_.data() + band.at / marked_window, band.taps, band.pixels.size() / marked_window);
  }

  void fill(Range rows, Range k, M* panel) {
    const Range pixels{rows.begin - rows_.begin, rows.end - rows_.begin};
    for (const auto& band : planes_.bands()) {
      const Range part{std::max(pixels.begin, band.pixels.begin), std::min(pixels.end, band.pixels.end)};
      if (part.size() <= 0) continue;
      const T* from = planes_.values().data() + band.at + (part.begin - band.pixels.begin);
      gather_panel(from, band.taps.subspan(k.begin, k.size()), part.size(), part.begin - pixels.begin, panel);
    }
  }

 private:
  const Im2col& a_;
  const BlockTransform& transform_;
  WindowCount& count_;
  ShiftedPlanes<T> planes_;
  AlignedBuffer<std::uint8_t> marks_;
  Range rows_;
};

}  // namespace acrtc::reuse
