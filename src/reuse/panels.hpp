#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/operand.hpp"
#include "acrtc/reuse/transpose.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// Panels of columns as dense::Matmul takes B (see there): the layouts between which blocks move. Tensors store `T`,
/// GEMMs multiply `M`: both are FP32 values or both bf16 halves, or halves are fp16, which is multiplied as FP32.

/// Successive k that lie together in 32 bits, as GEMMs multiply them.
template <class M>
inline constexpr std::int64_t per_unit = 4 / sizeof(M);

/// 32-bit units of a matrix: pairs of bf16, or FP32 values as bit patterns. Moved by vector instructions alone.
template <class M>
MatrixView<const std::uint32_t> units(MatrixView<const M> m) {
  return {reinterpret_cast<const std::uint32_t*>(m.data), m.rows, m.cols / per_unit<M>, m.stride / per_unit<M>};
}

/// FP32 values of fp16 rows.
void widen(MatrixView<const std::uint16_t> fp16, MatrixView<float> to);

/// Writes rows k of a block [k x up to `width`] as one panel: two successive rows of bf16 alternate, an odd last row
/// paired with zeros; fp16 becomes FP32.
void fill_panel(MatrixView<const std::uint16_t> bf16, std::int64_t width, std::uint16_t* panel);
void fill_panel(MatrixView<const std::uint16_t> fp16, std::int64_t width, float* panel);

/// Writes pixels [at, at + length) of a panel of 64, one row of it for each entry of `rows`: what lies at from + entry.
void gather_panel(const float* from, std::span<const std::int64_t> rows, std::int64_t length, std::int64_t at,
                  float* panel);
void gather_panel(const std::uint16_t* from, std::span<const std::int64_t> rows, std::int64_t length, std::int64_t at,
                  std::uint16_t* panel);
void gather_panel(const std::uint16_t* fp16, std::span<const std::int64_t> rows, std::int64_t length, std::int64_t at,
                  float* panel);

/// Packs columns [cols), at most `width`, of rows [ks) of `operand` into one panel.
template <class T, class M>
void pack_panel(const Operand& operand, Range ks, Range cols, std::int64_t width, M* panel);

/// Ends rows of A with zeros up to their stride, and the columns of a panel up to `depth`: what pads an inner size.
template <class T>
void pad_rows(MatrixView<T> rows) {
  for (std::int64_t r = 0; r < rows.rows; ++r) std::fill(rows.row(r) + rows.cols, rows.row(r) + rows.stride, T{0});
}
template <class T>
void pad_panel(std::int64_t k, std::int64_t depth, std::int64_t width, T* panel) {
  const std::int64_t filled = round_up(k, per_unit<T>);
  std::fill(panel + std::min(filled, depth) * width, panel + depth * width, T{0});
}

/// Packs columns [cols) of rows [ks) of `operand` into panels, one behind the other, padded to `depth`.
template <class T, class M>
void pack_panels(const Operand& operand, Range ks, Range cols, std::int64_t depth, std::int64_t width, M* to) {
  for (std::int64_t begin = cols.begin; begin < cols.end; begin += width) {
    pack_panel<T>(operand, ks, {begin, std::min(cols.end, begin + width)}, width, to);
    pad_panel(ks.size(), depth, width, to);
    to += dense::panel_size(depth, element_of<M>, width);
  }
}

/// Calls load(block) with a block of `to`'s size as tensors store it, which is `to` itself where GEMMs multiply that,
/// and else lies in `stored` and is widened.
template <class T, class M, class Load>
void load_as_multiplied(AlignedBuffer<T>& stored, MatrixView<M> to, Load load) {
  if constexpr (sizeof(T) == sizeof(M)) {
    load(to);
  } else {
    stored.reserve(static_cast<std::size_t>(to.rows * to.cols));
    const MatrixView<T> block{stored.data(), to.rows, to.cols, to.cols};
    load(block);
    widen(block, to);
  }
}

/// Loads all of rows [rows) transposed: out[c][r].
template <class T>
void load_transposed(const Operand& operand, Range rows, Range cols, MatrixView<T> out);

}  // namespace acrtc::reuse
