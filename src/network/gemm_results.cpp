#include "gemm_results.hpp"

#include <algorithm>

namespace acrtc::network {

void TensorResult::store(std::int64_t, Range rows, reuse::Major major, MatrixView<const float> c) {
  const bool by_rows = major == reuse::Major::rows;
  if (by_rows && to_.pixels == 1) return store_samples(rows, c);
  const std::int64_t columns = by_rows ? c.cols : c.rows;
  const std::int64_t row_step = by_rows ? c.stride : 1, column_step = by_rows ? 1 : c.stride;
  for (std::int64_t row = rows.begin, length = 0; row < rows.end; row += length) {
    const std::int64_t sample = row / to_.pixels, pixel = row % to_.pixels;
    length = std::min(to_.pixels - pixel, rows.end - row);
    for (std::int64_t j = 0; j < columns; ++j) {
      const float* from = c.data + (row - rows.begin) * row_step + j * column_step;
      float* to = to_.data + (sample * to_.channels + to_.first_channel + j) * to_.pixels + pixel;
      for (std::int64_t i = 0; i < length; ++i) to[i] = from[i * row_step] + bias(j);
      reuse::round_to(format_, {to, static_cast<std::size_t>(length)});
    }
  }
}

/// One pixel a channel: rows of C are contiguous in the tensor too.
void TensorResult::store_samples(Range rows, MatrixView<const float> c) const {
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    const float* from = c.row(row - rows.begin);
    float* to = to_.data + row * to_.channels + to_.first_channel;
    for (std::int64_t j = 0; j < c.cols; ++j) to[j] = from[j] + bias(j);
    reuse::round_to(format_, {to, static_cast<std::size_t>(c.cols)});
  }
}

void WeightGradientResult::store(std::int64_t, Range rows, reuse::Major major, MatrixView<const float> c) {
  const bool rows_are_outputs = compared_ == WeightGradientOperand::dy;
  const bool outputs_apart = rows_are_outputs == (major == reuse::Major::rows);
  const std::int64_t output_step = outputs_apart ? c.stride : 1, column_step = outputs_apart ? 1 : c.stride;
  const Range all{0, major == reuse::Major::rows ? c.cols : c.rows};
  const Range outputs = rows_are_outputs ? rows : all, columns = rows_are_outputs ? all : rows;
  for (std::int64_t o = outputs.begin; o < outputs.end; ++o) {
    const float* from = c.data + (o - outputs.begin) * output_step;
    float* to = dw_.row(o);
    for (std::int64_t k = columns.begin; k < columns.end; ++k)
      to[column_order_.empty() ? k : column_order_[k]] = from[(k - columns.begin) * column_step];
  }
}

}  // namespace acrtc::network
