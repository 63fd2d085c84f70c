#pragma once

#include <cstdint>
#include <numeric>

#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/operand.hpp"
#include "reuse/panels.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// Row-major blocks of any operand: loaded, turned where they come column by column, transformed in place.
template <class T>
class LoadedRows {
 public:
  static std::int64_t block_rows(const Gemm& gemm, const BlockTransform& transform) {
    const std::int64_t wanted = gemm.m() >= 128 ? 64 : gemm.m() >= 64 ? 32 : 16;
    return round_up(wanted, std::lcm(transform.window(), column_grain));
  }

  LoadedRows(const Gemm& gemm, const BlockTransform& transform) : a_(gemm.a), transform_(transform) {}

  WindowCount load(Range rows, Range cols, MatrixView<T> out) {
    if (a_.major() == Major::rows) {
      a_.load(rows, cols, out);
    } else {
      AlignedBuffer<T> flipped(static_cast<std::size_t>(out.rows * out.cols));
      const MatrixView<T> by_columns{flipped.data(), out.cols, out.rows, out.rows};
      a_.load(rows, cols, by_columns);
      transpose(by_columns, out);
    }
    return transform_.rows(out);
  }

 private:
  const Operand& a_;
  const BlockTransform& transform_;
};

}  // namespace acrtc::reuse
