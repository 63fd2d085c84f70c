#include "acrtc/reuse/image_result.hpp"

#include <algorithm>

#include "reuse/panels.hpp"

namespace acrtc::reuse {

void ImageResult::store(std::int64_t slab, Range rows, Major major, MatrixView<const float> c) {
  const Major contiguous = to_.pixels == 1 ? Major::rows : Major::columns;
  if (major != contiguous) {
    AlignedBuffer<float> flipped(static_cast<std::size_t>(c.rows * c.cols));
    transpose(c, {flipped.data(), c.cols, c.rows, c.rows});
    return store(slab, rows, contiguous, {flipped.data(), c.cols, c.rows, c.rows});
  }
  if (contiguous == Major::rows) return store_samples(rows, c);
  for (std::int64_t row = rows.begin, length = 0; row < rows.end; row += length) {
    const std::int64_t sample = row / to_.pixels, pixel = row % to_.pixels;
    length = std::min(to_.pixels - pixel, rows.end - row);
    for (std::int64_t j = 0; j < c.rows; ++j)
      add_bias(c.row(j) + (row - rows.begin), bias_.empty() ? 0.0F : bias_[j], to_.part(sample, j, pixel, length),
               rectified_);
  }
}

/// One pixel a channel: rows of C are contiguous in the tensor too.
void ImageResult::store_samples(Range rows, MatrixView<const float> c) const {
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    const float* from = c.row(row - rows.begin);
    const Values to = to_.part(row, 0, 0, c.cols);
    if (bias_.empty())
      add_bias(from, 0, to, rectified_);
    else
      add_biases(from, bias_.data(), to, rectified_);
  }
}

}  // namespace acrtc::reuse
