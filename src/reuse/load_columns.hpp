#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/operand.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// Transforms a block of whole windows whose columns lie one behind the other, and counts afterwards what was marked.
template <class T>
WindowCount mark_columns(const BlockTransform& transform, MatrixView<T> block) {
  const std::int64_t size = block.rows * block.cols, windows = block.cols / marked_window;
  AlignedBuffer<std::uint8_t> marks(static_cast<std::size_t>(size / marked_window + marks_slack));
  transform.mark(std::span(block.data, static_cast<std::size_t>(size)), marks.data());
  std::vector<std::int64_t> columns(static_cast<std::size_t>(block.rows));
  for (std::int64_t c = 0; c < block.rows; ++c) columns[static_cast<std::size_t>(c)] = c * block.cols;
  return transform.count(marks.data(), columns, windows);
}

/// Where marking touches nothing behind the block: vectors are whole.
template <class T>
bool can_mark_columns(const BlockTransform& transform, MatrixView<T> block) {
  constexpr std::int64_t vector = 64;
  return transform.marked_together() == marked_window && block.stride == block.cols &&
         block.cols % marked_window == 0 && block.rows * block.cols % vector == 0;
}

/// Transforms a block that lies column by column, block[c][r], from a window's first row on. Windows that the transform
/// cannot take in this layout, and a last one that is not whole, take the way by rows.
template <class T>
WindowCount transform_columns(const BlockTransform& transform, MatrixView<T> block) {
  if (can_mark_columns(transform, block)) return mark_columns(transform, block);
  const std::int64_t whole = transform.columns_supported() ? block.cols / transform.window() * transform.window() : 0;
  WindowCount count;
  if (whole > 0) count += transform.columns(MatrixView<T>{block.data, block.rows, whole, block.stride});
  const std::int64_t rest = block.cols - whole;
  if (rest == 0) return count;
  AlignedBuffer<T> flipped(static_cast<std::size_t>(rest * block.rows));
  const MatrixView<T> last{block.data + whole, block.rows, rest, block.stride};
  const MatrixView<T> by_rows{flipped.data(), rest, block.rows, block.rows};
  transpose(last, by_rows);
  count += transform.rows(by_rows);
  transpose(by_rows, last);
  return count;
}

/// Loads such a block of an operand that comes column by column, and transforms it.
template <class T>
WindowCount load_columns(const Operand& operand, const BlockTransform& transform, Range rows, Range cols,
                         MatrixView<T> out) {
  operand.load(rows, cols, out);
  return transform_columns(transform, out);
}

}  // namespace acrtc::reuse
