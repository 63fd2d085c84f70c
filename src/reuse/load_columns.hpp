#pragma once

#include <cstdint>

#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/operand.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// Loads a block that comes column by column, out[c][r], from a window's first row on, and transforms it. Windows that
/// the transform cannot take in this layout, and a last one that is not whole, take the way by rows.
template <class T>
WindowCount load_columns(const Operand& operand, const BlockTransform& transform, Range rows, Range cols,
                         MatrixView<T> out) {
  operand.load(rows, cols, out);
  const std::int64_t whole = transform.columns_supported() ? rows.size() / transform.window() * transform.window() : 0;
  WindowCount count;
  if (whole > 0) count += transform.columns(MatrixView<T>{out.data, out.rows, whole, out.stride});
  const std::int64_t rest = rows.size() - whole;
  if (rest == 0) return count;
  AlignedBuffer<T> flipped(static_cast<std::size_t>(rest * out.rows));
  const MatrixView<T> last{out.data + whole, out.rows, rest, out.stride};
  const MatrixView<T> by_rows{flipped.data(), rest, out.rows, out.rows};
  transpose(last, by_rows);
  count += transform.rows(by_rows);
  transpose(by_rows, last);
  return count;
}

}  // namespace acrtc::reuse
