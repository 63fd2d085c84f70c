#include "acrtc/reuse/im2col.hpp"

#include <algorithm>
#include <cstring>

#include "reuse/pixel_runs.hpp"
#include "reuse/shifted_planes.hpp"

namespace acrtc::reuse {
namespace {

template <class T>
void load_im2col(const ConvGeometry& g, const T* x, Range rows, Range cols, MatrixView<T> out) {
  if (rows.size() > 0 && cols.size() > 0) copy_runs(g, x, runs_of(g, rows), cols, out);
}

/// A column's pixels are contiguous over a whole sample.
template <class T>
void load_pointwise(const ConvGeometry& g, const T* x, Range rows, Range cols, MatrixView<T> out) {
  const std::int64_t image = g.input.height * g.input.width;
  for (std::int64_t k = cols.begin; k < cols.end; ++k) {
    T* to = out.row(k - cols.begin);
    for (std::int64_t row = rows.begin; row < rows.end;) {
      const std::int64_t n = row / image, pixel = row % image;
      const std::int64_t length = std::min(image - pixel, rows.end - row);
      const T* from = x + g.plane(n, k) + pixel;
      std::memcpy(to + (row - rows.begin), from, static_cast<std::size_t>(length) * sizeof(T));
      row += length;
    }
  }
}

/// Enough output rows that copying each input row once for every horizontal tap pays.
constexpr std::int64_t min_rows_of_planes = 4;

template <class T>
void load_from_planes(const ConvGeometry& g, const T* x, Range rows, Range cols, MatrixView<T> out) {
  ShiftedPlanes<T> planes(g);
  planes.load(x, rows, cols);
  planes.copy({0, rows.size()}, {0, cols.size()}, out);
}

template <class T>
void load(const ConvGeometry& g, const T* x, Range rows, Range cols, MatrixView<T> out) {
  if (g.is_pointwise()) return load_pointwise(g, x, rows, cols, out);
  if (rows.size() >= min_rows_of_planes * g.output_w() && ShiftedPlanes<T>::fit(g, rows, cols))
    return load_from_planes(g, x, rows, cols, out);
  load_im2col(g, x, rows, cols, out);
}

template <class T>
void copy(MatrixView<const T> from, MatrixView<T> to) {
  for (std::int64_t r = 0; r < from.rows; ++r)
    std::memcpy(to.row(r), from.row(r), static_cast<std::size_t>(from.cols) * sizeof(T));
}

}  // namespace

ColumnTap column_tap(const ConvGeometry& g, std::int64_t k) {
  if (g.order == ColumnOrder::ckhkw)
    return {k / (g.kernel_h * g.kernel_w), k / g.kernel_w % g.kernel_h, k % g.kernel_w};
  return {k % g.channels, k / (g.channels * g.kernel_w), k / g.channels % g.kernel_w};
}

void advance(const ConvGeometry& g, ColumnTap& tap) {
  if (g.order == ColumnOrder::ckhkw) {
    if (++tap.kernel_x < g.kernel_w) return;
    tap.kernel_x = 0;
    if (++tap.kernel_y < g.kernel_h) return;
    tap.kernel_y = 0;
    ++tap.channel;
  } else {
    if (++tap.channel < g.channels) return;
    tap.channel = 0;
    if (++tap.kernel_x < g.kernel_w) return;
    tap.kernel_x = 0;
    ++tap.kernel_y;
  }
}

Im2col::Im2col(const ConvGeometry& geometry, const float* x, const std::uint16_t* x_halves)
    : geometry_(geometry), x_(x), x_halves_(x_halves) {}

void Im2col::load(Range rows, Range cols, MatrixView<float> out) const { reuse::load(geometry_, x_, rows, cols, out); }

void Im2col::load(Range rows, Range cols, MatrixView<std::uint16_t> out) const {
  reuse::load(geometry_, x_halves_, rows, cols, out);
}

StoredMatrix::StoredMatrix(MatrixView<const float> values, MatrixView<const std::uint16_t> halves)
    : rows_(values.data ? values.rows : halves.rows),
      cols_(values.data ? values.cols : halves.cols),
      values_(values),
      halves_(halves) {}

void StoredMatrix::load(Range rows, Range cols, MatrixView<float> out) const { copy(block<float>(rows, cols), out); }

void StoredMatrix::load(Range rows, Range cols, MatrixView<std::uint16_t> out) const {
  copy(block<std::uint16_t>(rows, cols), out);
}

}  // namespace acrtc::reuse
