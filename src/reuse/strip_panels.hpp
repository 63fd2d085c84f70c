#pragma once

#include <algorithm>
#include <cstdint>

#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// Panels of any operand that comes column by column: strips of columns are loaded, transformed and counted.
template <class T>
class StripPanels {
 public:
  /// Counts into `count`.
  StripPanels(const Gemm& gemm, const BlockTransform& transform, WindowCount& count)
      : a_(gemm.a), transform_(transform), count_(count) {}

  void begin(Range) {}

  /// One panel of A^T. An FP32 panel is made where it stays; bf16 rows are interleaved from a strip.
  void fill(Range rows, Range k, T* panel) {
    for (std::int64_t begin = k.begin; begin < k.end; begin += strip_columns) {
      const Range strip{begin, std::min(k.end, begin + strip_columns)};
      T* to = panel + (begin - k.begin) * dense::panel_width;
      if constexpr (sizeof(T) == sizeof(float)) {
        load({to, strip.size(), rows.size(), dense::panel_width}, rows, strip);
      } else {
        strip_.reserve(static_cast<std::size_t>(strip_columns * dense::panel_width));
        const MatrixView<T> view{strip_.data(), strip.size(), rows.size(), dense::panel_width};
        load(view, rows, strip);
        interleave({view.data, view.rows, view.cols, view.stride}, to);
      }
    }
  }

 private:
  /// 64 rows of so many columns stay in the first-level cache.
  static constexpr std::int64_t strip_columns = 128;

  /// Loads and transforms; a last window that is not whole takes the way by rows.
  void load(MatrixView<T> out, Range rows, Range cols) {
    a_.load(rows, cols, out);
    const std::int64_t rest = rows.size() % transform_.window(), whole = rows.size() - rest;
    count_ += transform_.columns(MatrixView<T>{out.data, out.rows, whole, out.stride});
    if (rest == 0) return;
    AlignedBuffer<T> flipped(static_cast<std::size_t>(rest * out.rows));
    const MatrixView<T> last{out.data + whole, out.rows, rest, out.stride};
    const MatrixView<T> by_rows{flipped.data(), rest, out.rows, out.rows};
    transpose(MatrixView<const T>{last.data, last.rows, last.cols, last.stride}, by_rows);
    count_ += transform_.rows(by_rows);
    transpose(MatrixView<const T>{by_rows.data, by_rows.rows, by_rows.cols, by_rows.stride}, last);
  }

  const Operand& a_;
  const BlockTransform& transform_;
  WindowCount& count_;
  AlignedBuffer<T> strip_;
};

}  // namespace acrtc::reuse
