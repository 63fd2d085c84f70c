#include "weight_gradient_result.hpp"

#include <algorithm>

#include "acrtc/reuse/transpose.hpp"

namespace acrtc::network {

void WeightGradientResult::store(std::int64_t, Range rows, reuse::Major major, MatrixView<const float> c) {
  const bool rows_are_outputs = compared_ == WeightGradientOperand::dy;
  const Range all{0, major == reuse::Major::rows ? c.cols : c.rows};
  const Range outputs = rows_are_outputs ? rows : all, columns = rows_are_outputs ? all : rows;
  if (rows_are_outputs == (major == reuse::Major::rows))
    put(outputs, columns, c);
  else
    put_transposed(outputs, columns, c);
}

void WeightGradientResult::put(Range outputs, Range columns, MatrixView<const float> block) {
  for (std::int64_t o = outputs.begin; o < outputs.end; ++o) {
    const float* from = block.row(o - outputs.begin);
    float* to = dw_.row(o);
    if (column_order_.empty())
      std::copy_n(from, columns.size(), to + columns.begin);
    else
      for (const std::int64_t column : column_order_.subspan(columns.begin, columns.size())) to[column] = *from++;
  }
}

/// By tiles that the first-level cache holds: rows of dW often lie a multiple of 4096 bytes apart, where it has room
/// for few of them, so that tiles are turned beside it and taken by whole lines.
void WeightGradientResult::put_transposed(Range outputs, Range columns, MatrixView<const float> block) {
  constexpr std::int64_t tile = 64;
  alignas(64) float turned[tile * tile];
  for (std::int64_t k = columns.begin; k < columns.end; k += tile)
    for (std::int64_t o = outputs.begin; o < outputs.end; o += tile) {
      const Range ks{k, std::min(k + tile, columns.end)}, os{o, std::min(o + tile, outputs.end)};
      const float* first = block.row(k - columns.begin) + (o - outputs.begin);
      const MatrixView<float> to{turned, os.size(), ks.size(), tile};
      reuse::transpose({first, ks.size(), os.size(), block.stride}, to);
      put(os, ks, to);
    }
}

}  // namespace acrtc::network
