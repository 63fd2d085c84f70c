#include <algorithm>

#include "acrtc/base/parallel.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "reuse/panels.hpp"
#include "reuse/pixel_runs.hpp"

namespace acrtc::reuse {

Range Col2im::channels(std::int64_t sample) const {
  const std::int64_t image = geometry_.input.height * geometry_.input.width;
  const std::int64_t first = (sample * geometry_.input.channels + geometry_.first_channel) * image;
  return {first, first + geometry_.channels * image};
}

void Col2im::begin(std::int64_t slabs, std::int64_t rows_per_slab) {
  if (dx_.halves) apart_.reserve(static_cast<std::size_t>(dx_.size));
  sums_ = dx_.halves ? apart_.data() : dx_.as<float>();
  parallel_for(threads_, geometry_.samples,
               [&](std::int64_t n) { std::fill(sums_ + channels(n).begin, sums_ + channels(n).end, 0.0F); });
  rows_per_slab_ = rows_per_slab;
  heads_.clear();
  heads_.resize(static_cast<std::size_t>(slabs));
  const std::int64_t image = geometry_.output_pixels();
  for (std::int64_t slab = 1; slab < slabs; ++slab) {
    if (slab * rows_per_slab % image == 0) continue;
    auto& head = heads_[static_cast<std::size_t>(slab)];
    head = AlignedBuffer<float>(static_cast<std::size_t>(geometry_.input.elements()));
    std::ranges::fill(head.span(), 0.0F);
  }
}

void Col2im::store(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c) {
  if (major == Major::rows) {
    AlignedBuffer<float> columns(static_cast<std::size_t>(c.rows * c.cols));
    const MatrixView<float> by_columns{columns.data(), c.cols, c.rows, c.rows};
    transpose(c, by_columns);
    return store(slab, rows, cols, Major::columns, {columns.data(), c.cols, c.rows, c.rows});
  }
  const std::int64_t image = geometry_.output_pixels();
  const std::int64_t shared = slab * rows_per_slab_ / image;  // the sample in which the slab begins
  auto& head = heads_[static_cast<std::size_t>(slab)];
  const std::int64_t split = head.size() > 0 ? std::min(rows.end, (shared + 1) * image) : rows.begin;
  if (rows.begin < split) {
    auto runs = runs_of(geometry_, {rows.begin, split});
    for (PixelRun& run : runs) run.source -= shared * geometry_.input.elements();
    add_runs(geometry_, {c.data, c.rows, split - rows.begin, c.stride}, runs, head.data());
  }
  const std::int64_t rest = std::max(rows.begin, split);
  if (rest < rows.end)
    add_runs(geometry_, {c.data + (rest - rows.begin), c.rows, rows.end - rest, c.stride},
             runs_of(geometry_, {rest, rows.end}), sums_);
}

void Col2im::end() {
  const std::int64_t image = geometry_.output_pixels();
  for (std::size_t slab = 0; slab < heads_.size(); ++slab) {
    const std::span<const float> head = heads_[slab].span();
    float* to = sums_ + static_cast<std::int64_t>(slab) * rows_per_slab_ / image * geometry_.input.elements();
    for (std::size_t i = 0; i < head.size(); ++i) to[i] += head[i];
  }
  heads_.clear();
  parallel_for(threads_, geometry_.samples, [&](std::int64_t n) {
    round_into(sums_ + channels(n).begin, dx_.part(channels(n).begin, channels(n).size()));
  });
}

}  // namespace acrtc::reuse
