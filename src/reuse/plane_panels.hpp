#pragma once

#include <algorithm>
#include <cstdint>

#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "reuse/marked_planes.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// Panels of an im2col matrix that are gathered from its planes.
template <class T, class M>
class PlanePanels {
 public:
  /// Counts into `count`.
  PlanePanels(const Gemm& gemm, const BlockTransform& transform, WindowCount& count)
      : count_(count), planes_(*gemm.a.im2col(), transform) {}

  void begin(Range rows) {
    rows_ = rows;
    count_ += planes_.load(rows);
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
  WindowCount& count_;
  MarkedPlanes<T> planes_;
  Range rows_;
};

}  // namespace acrtc::reuse
