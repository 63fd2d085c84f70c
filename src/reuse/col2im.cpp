#include <algorithm>
#include <functional>

#include "acrtc/reuse/im2col.hpp"
#include "reuse/panels.hpp"
#include "reuse/pixel_runs.hpp"

namespace acrtc::reuse {

Range Col2im::pixels(std::int64_t sample) const {
  return {sample * geometry_.output_pixels(), (sample + 1) * geometry_.output_pixels()};
}

Range Col2im::channels(std::int64_t sample) const {
  const std::int64_t image = geometry_.input.height * geometry_.input.width;
  const std::int64_t first = (sample * geometry_.input.channels + geometry_.first_channel) * image;
  return {first, first + geometry_.channels * image};
}

void Col2im::begin(std::int64_t slabs, std::int64_t rows_per_slab) {
  rows_per_slab_ = rows_per_slab;
  for (auto* sums : {&begun_, &gone_on_with_}) {
    sums->clear();
    sums->resize(static_cast<std::size_t>(slabs));
  }
}

void Col2im::store(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c) {
  if (major == Major::rows) {
    AlignedBuffer<float> columns(static_cast<std::size_t>(c.rows * c.cols));
    const MatrixView<float> by_columns{columns.data(), c.cols, c.rows, c.rows};
    transpose(c, by_columns);
    return store(slab, rows, cols, Major::columns, {columns.data(), c.cols, c.rows, c.rows});
  }
  for_each_sample(geometry_, rows, [&](std::int64_t sample, Range own) {
    const std::int64_t first = pixels(sample).begin + own.begin;
    add(slab, sample, {first, first + own.size()}, {c.data + (first - rows.begin), c.rows, own.size(), c.stride});
  });
}

void Col2im::add(std::int64_t slab, std::int64_t sample, Range rows, MatrixView<const float> c) {
  const std::int64_t slab_begin = slab * rows_per_slab_;
  const bool begun_here = pixels(sample).begin >= slab_begin;
  auto& sums = (begun_here ? begun_ : gone_on_with_)[static_cast<std::size_t>(slab)];
  if (rows.begin == std::max(slab_begin, pixels(sample).begin)) {
    sums.reserve(static_cast<std::size_t>(channels(sample).size()));
    std::ranges::fill(sums.span(), 0.0F);
  }
  auto runs = runs_of(geometry_, rows);
  for (PixelRun& run : runs) run.source -= channels(sample).begin;
  add_runs(geometry_, c, runs, sums.data());
  if (begun_here && rows.end == pixels(sample).end) write(sample, sums.data());
}

/// Samples that slabs share: what the first of them has comes first.
void Col2im::end() {
  for (std::size_t slab = 0; slab < gone_on_with_.size(); ++slab) {
    const std::span<const float> more = gone_on_with_[slab].span();
    if (more.empty()) continue;
    const auto slab_begin = static_cast<std::int64_t>(slab) * rows_per_slab_;
    const std::int64_t sample = slab_begin / geometry_.output_pixels();
    auto& sums = begun_[static_cast<std::size_t>(pixels(sample).begin / rows_per_slab_)];
    std::ranges::transform(sums.span(), more, sums.data(), std::plus());
    if (pixels(sample).end <= slab_begin + rows_per_slab_) write(sample, sums.data());
  }
  begun_.clear();
  gone_on_with_.clear();
}

void Col2im::write(std::int64_t sample, const float* sums) {
  const Range group = channels(sample);
  round_into(sums, dx_.part(group.begin, group.size()));
}

}  // namespace acrtc::reuse
