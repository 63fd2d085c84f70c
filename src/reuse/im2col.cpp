#include "acrtc/reuse/im2col.hpp"

#include <algorithm>
#include <cstring>

namespace acrtc::reuse {
namespace {

/// Walks output pixels [rows) in runs that share one output row: body(position in rows, n, oh, ow begin, length).
template <class Body>
void for_each_run(const ConvGeometry& g, Range rows, Body body) {
  const std::int64_t width = g.output_w(), height = g.output_h();
  std::int64_t ow = rows.begin % width;
  std::int64_t oh = rows.begin / width % height;
  std::int64_t n = rows.begin / (width * height);
  for (std::int64_t position = 0; position < rows.size();) {
    const std::int64_t length = std::min(width - ow, rows.size() - position);
    body(position, n, oh, ow, length);
    position += length;
    ow = 0;
    if (++oh == height) oh = 0, ++n;
  }
}

/// Output columns [begin, end) of a run whose input column lies inside the image.
struct Inside {
  std::int64_t begin, end, first_x;
};

Inside inside(const ConvGeometry& g, std::int64_t ow, std::int64_t length, std::int64_t kernel_x) {
  const std::int64_t shift = kernel_x - g.pad_w;
  const auto at_least_zero = [&](std::int64_t x) { return x <= 0 ? 0 : (x + g.stride_w - 1) / g.stride_w; };
  const std::int64_t begin = std::clamp(at_least_zero(-shift), ow, ow + length);
  const std::int64_t end = std::clamp(at_least_zero(g.input.width - shift), begin, ow + length);
  return {begin - ow, end - ow, begin * g.stride_w + shift};
}

template <class T>
void copy_strided(const T* from, std::int64_t stride, T* to, std::int64_t count) {
  if (stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[i * stride];
  }
}

template <class T>
void load_im2col(const ConvGeometry& g, const T* x, Range rows, Range cols, MatrixView<T> out) {
  const std::int64_t image = g.input.height * g.input.width;
  for (std::int64_t k = cols.begin; k < cols.end; ++k) {
    const ColumnTap tap = column_tap(g, k);
    T* to = out.row(k - cols.begin);
    for_each_run(g, rows, [&](std::int64_t at, std::int64_t n, std::int64_t oh, std::int64_t ow, std::int64_t length) {
      const std::int64_t y = oh * g.stride_h + tap.kernel_y - g.pad_h;
      if (y < 0 || y >= g.input.height) {
        std::fill_n(to + at, length, T{0});
        return;
      }
      const T* line = x + (n * g.input.channels + g.first_channel + tap.channel) * image + y * g.input.width;
      const Inside part = inside(g, ow, length, tap.kernel_x);
      std::fill_n(to + at, part.begin, T{0});
      copy_strided(line + part.first_x, g.stride_w, to + at + part.begin, part.end - part.begin);
      std::fill_n(to + at + part.end, length - part.end, T{0});
    });
  }
}

/// A 1x1 kernel with nothing skipped: a column's pixels are contiguous over whole samples.
bool is_plain(const ConvGeometry& g) {
  return g.kernel_h == 1 && g.kernel_w == 1 && g.stride_h == 1 && g.stride_w == 1 && g.pad_h == 0 && g.pad_w == 0;
}

template <class T>
void load_plain(const ConvGeometry& g, const T* x, Range rows, Range cols, MatrixView<T> out) {
  const std::int64_t image = g.input.height * g.input.width;
  for (std::int64_t k = cols.begin; k < cols.end; ++k) {
    T* to = out.row(k - cols.begin);
    for (std::int64_t row = rows.begin; row < rows.end;) {
      const std::int64_t n = row / image, pixel = row % image;
      const std::int64_t length = std::min(image - pixel, rows.end - row);
      const T* from = x + (n * g.input.channels + g.first_channel + k) * image + pixel;
      std::memcpy(to + (row - rows.begin), from, static_cast<std::size_t>(length) * sizeof(T));
      row += length;
    }
  }
}

template <class T>
void load(const ConvGeometry& g, const T* x, Range rows, Range cols, MatrixView<T> out) {
  is_plain(g) ? load_plain(g, x, rows, cols, out) : load_im2col(g, x, rows, cols, out);
}

template <class T>
void copy_block(MatrixView<const T> from, Range rows, Range cols, MatrixView<T> out) {
  for (std::int64_t r = rows.begin; r < rows.end; ++r)
    std::memcpy(out.row(r - rows.begin), from.row(r) + cols.begin, static_cast<std::size_t>(cols.size()) * sizeof(T));
}

}  // namespace

ColumnTap column_tap(const ConvGeometry& g, std::int64_t k) {
  if (g.order == ColumnOrder::ckhkw)
    return {k / (g.kernel_h * g.kernel_w), k / g.kernel_w % g.kernel_h, k % g.kernel_w};
  return {k % g.channels, k / (g.channels * g.kernel_w), k / g.channels % g.kernel_w};
}

Im2col::Im2col(const ConvGeometry& geometry, const float* x, const std::uint16_t* x_bf16)
    : geometry_(geometry), x_(x), x_bf16_(x_bf16) {}

void Im2col::load(Range rows, Range cols, MatrixView<float> out) const { reuse::load(geometry_, x_, rows, cols, out); }

void Im2col::load(Range rows, Range cols, MatrixView<std::uint16_t> out) const {
  reuse::load(geometry_, x_bf16_, rows, cols, out);
}

StoredMatrix::StoredMatrix(MatrixView<const float> values, MatrixView<const std::uint16_t> bf16)
    : rows_(values.data ? values.rows : bf16.rows),
      cols_(values.data ? values.cols : bf16.cols),
      values_(values),
      bf16_(bf16) {}

void StoredMatrix::load(Range rows, Range cols, MatrixView<float> out) const { copy_block(values_, rows, cols, out); }

void StoredMatrix::load(Range rows, Range cols, MatrixView<std::uint16_t> out) const {
  copy_block(bf16_, rows, cols, out);
}

}  // namespace acrtc::reuse
