#pragma once

#include <algorithm>
#include <cstdint>

#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "reuse/load_columns.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// Panels of any operand that comes column by column: strips of columns are loaded, transformed and counted. `Strips`
/// loads them: begin(rows) before a block, then load() for each strip of it.
template <class T, class M, class Strips>
class StripPanels {
 public:
  /// Counts into `count`.
  StripPanels(const Gemm& gemm, const BlockTransform& transform, WindowCount& count)
      : strips_(gemm), transform_(transform), count_(count) {}

  void begin(Range rows) { strips_.begin(rows); }

  /// One panel of A^T. FP32 values are loaded where they stay, halves go by way of a strip.
  void fill(Range rows, Range k, M* panel) {
    for (std::int64_t begin = k.begin; begin < k.end; begin += strip_columns) {
      const Range strip{begin, std::min(k.end, begin + strip_columns)};
      M* to = panel + (begin - k.begin) * dense::panel_width;
      if constexpr (sizeof(T) == sizeof(float)) {
        load(rows, k, strip, {to, strip.size(), rows.size(), dense::panel_width});
      } else {
        strip_.reserve(static_cast<std::size_t>(strip_columns * dense::panel_width));
        const MatrixView<T> view{strip_.data(), strip.size(), rows.size(), dense::panel_width};
        load(rows, k, strip, view);
        fill_panel(view, dense::panel_width, to);
      }
    }
  }

 private:
  /// 64 rows of so many columns stay in the first-level cache.
  static constexpr std::int64_t strip_columns = 128;

  void load(Range rows, Range k, Range strip, MatrixView<T> out) {
    strips_.load(rows, k, strip, out);
    count_ += transform_columns(transform_, out);
  }

  Strips strips_;
  const BlockTransform& transform_;
  WindowCount& count_;
  AlignedBuffer<T> strip_;
};

}  // namespace acrtc::reuse
