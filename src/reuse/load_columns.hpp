#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/operand.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// Transforms a block of whole windows whose columns lie one behind the other, on its way from `from` to where it may
/// be already, and counts afterwards what was marked.
template <class T>
WindowCount mark_columns(const BlockTransform& transform, const T* from, MatrixView<T> block) {
  const std::int64_t size = block.rows * block.cols, windows = block.cols / marked_window;
  std::vector<std::uint8_t> marks(static_cast<std::size_t>(size / marked_window + marks_slack));
  transform.mark(std::span(from, static_cast<std::size_t>(size)), block.data, marks.data());
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
  if (can_mark_columns(transform, block)) return mark_columns(transform, block.data, block);
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

/// Where the block lies that load() would copy, column behind column: some channels of one sample. Null elsewhere.
template <class T>
const T* stored_columns(const Operand& operand, Range rows, Range cols) {
  const Im2col* image = operand.im2col();
  if (!image || !image->geometry().is_pointwise()) return nullptr;
  const ConvGeometry& g = image->geometry();
  const std::int64_t pixels = g.input.height * g.input.width;
  if (rows.begin % pixels != 0 || rows.size() != pixels) return nullptr;
  return image->x<T>() + g.plane(rows.begin / pixels, cols.begin);
}

/// The fewest samples of so many pixels each that hold whole windows.
inline std::int64_t samples_of_whole_windows(const BlockTransform& transform, std::int64_t pixels) {
  return transform.window() / std::gcd(transform.window(), pixels);
}

/// Loads such a block of an operand that comes column by column, and transforms it.
template <class T>
WindowCount load_columns(const Operand& operand, const BlockTransform& transform, Range rows, Range cols,
                         MatrixView<T> out) {
  if (const T* from = stored_columns<T>(operand, rows, cols); from && can_mark_columns(transform, out))
    return mark_columns(transform, from, out);
  operand.load(rows, cols, out);
  return transform_columns(transform, out);
}

}  // namespace acrtc::reuse
