#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/window.hpp"
#include "reuse/shifted_planes.hpp"

namespace acrtc::reuse {

/// The planes of an im2col matrix whose windows lie inside output rows: what its columns share is loaded and
/// transformed once for a block, and counted as often as columns show it.
template <class T>
class MarkedPlanes {
 public:
  static bool fit(const Im2col& a, const BlockTransform& transform) {
    const ConvGeometry& g = a.geometry();
    const std::int64_t together = transform.marked_together(), image = g.output_pixels();
    return together > 0 && g.output_w() % together == 0 && ShiftedPlanes<T>::fit(g, {0, image}, {0, g.columns()});
  }

  MarkedPlanes(const Im2col& a, const BlockTransform& transform)
      : a_(a), transform_(transform), planes_(a_.geometry()) {}

  /// Loads all columns of rows [rows).
  WindowCount load(Range rows) {
    planes_.load(a_.x<T>(), rows, {0, a_.cols()});
    marks_.reserve(planes_.values().size() / marked_window + std::size_t{marks_slack});
    transform_.mark(std::span<const T>(planes_.values()), planes_.values().data(), marks_.data());
    WindowCount count;
    for (const auto& band : planes_.bands())
      count += transform_.count(marks_.data() + band.at / marked_window, band.taps, band.pixels.size() / marked_window);
    return count;
  }

  std::span<const typename ShiftedPlanes<T>::Band> bands() const { return planes_.bands(); }
  std::span<const T> values() { return planes_.values(); }

 private:
  const Im2col& a_;
  const BlockTransform& transform_;
  ShiftedPlanes<T> planes_;
  AlignedBuffer<std::uint8_t> marks_;
};

}  // namespace acrtc::reuse
