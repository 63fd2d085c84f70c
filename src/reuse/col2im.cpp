#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/reuse/im2col.hpp"

namespace acrtc::reuse {
namespace {

/// Adds one sample's output pixels [begin, end) of im2col-shaped c[column, row] onto dx[c, h, w].
void add_sample(const ConvGeometry& g, Range pixels, std::int64_t first_row, MatrixView<const float> c, float* dx) {
  const std::int64_t width = g.output_w();
  for (std::int64_t k = 0; k < c.rows; ++k) {
    const ColumnTap tap = column_tap(g, k);
    float* plane = dx + (g.first_channel + tap.channel) * g.input.height * g.input.width;
    for (std::int64_t pixel = pixels.begin; pixel < pixels.end;) {
      const std::int64_t oh = pixel / width, ow = pixel % width;
      const std::int64_t length = std::min(width - ow, pixels.end - pixel);
      const std::int64_t y = oh * g.stride_h + tap.kernel_y - g.pad_h;
      if (y >= 0 && y < g.input.height) {
        const float* from = c.row(k) + (pixel - pixels.begin) + first_row;
        float* line = plane + y * g.input.width;
        const std::int64_t shift = tap.kernel_x - g.pad_w;
        // First and last output column whose input column exists.
        const std::int64_t begin = std::max(ow, shift >= 0 ? 0 : (-shift + g.stride_w - 1) / g.stride_w);
        const std::int64_t room = g.input.width - shift;
        const std::int64_t end = std::min(ow + length, room <= 0 ? 0 : (room + g.stride_w - 1) / g.stride_w);
        if (g.stride_w == 1) {
          for (std::int64_t x = begin; x < end; ++x) line[x + shift] += from[x - ow];
        } else {
          for (std::int64_t x = begin; x < end; ++x) line[x * g.stride_w + shift] += from[x - ow];
        }
      }
      pixel += length;
    }
  }
}

}  // namespace

void Col2im::begin(std::int64_t slabs, std::int64_t rows_per_slab) {
  rows_per_slab_ = rows_per_slab;
  heads_.clear();
  heads_.resize(static_cast<std::size_t>(slabs));
  const std::int64_t image = geometry_.output_h() * geometry_.output_w();
  for (std::int64_t slab = 1; slab < slabs; ++slab) {
    if (slab * rows_per_slab % image == 0) continue;
    auto& head = heads_[static_cast<std::size_t>(slab)];
    head = AlignedBuffer<float>(static_cast<std::size_t>(geometry_.input.elements()));
    std::ranges::fill(head.span(), 0.0F);
  }
}

void Col2im::store(std::int64_t slab, Range rows, Major major, MatrixView<const float> c) {
  require(major == Major::columns, "col2im takes columns of output pixels");
  const std::int64_t image = geometry_.output_h() * geometry_.output_w();
  const std::int64_t shared = slab * rows_per_slab_ / image;  // the sample in which the slab begins
  auto& head = heads_[static_cast<std::size_t>(slab)];
  for (std::int64_t row = rows.begin; row < rows.end;) {
    const std::int64_t n = row / image, pixel = row % image;
    const std::int64_t length = std::min(image - pixel, rows.end - row);
    float* dx = n == shared && head.size() > 0 ? head.data() : dx_ + n * geometry_.input.elements();
    add_sample(geometry_, {pixel, pixel + length}, row - rows.begin, c, dx);
    row += length;
  }
}

void Col2im::end() {
  const std::int64_t image = geometry_.output_h() * geometry_.output_w();
  for (std::size_t slab = 0; slab < heads_.size(); ++slab) {
    const std::span<const float> head = heads_[slab].span();
    float* dx = dx_ + static_cast<std::int64_t>(slab) * rows_per_slab_ / image * geometry_.input.elements();
    for (std::size_t i = 0; i < head.size(); ++i) dx[i] += head[i];
  }
  heads_.clear();
}

}  // namespace acrtc::reuse
