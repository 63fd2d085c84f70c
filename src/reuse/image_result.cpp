#include "acrtc/reuse/image_result.hpp"

#include <algorithm>

#include "acrtc/reuse/transpose.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/image_result.cpp"
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "acrtc/reuse/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {

float BiasOf(std::span<const float> bias, std::int64_t channel) { return bias.empty() ? 0.0F : bias[channel]; }

/// C column by column: a column's rows are pixels of one channel, of sample after sample.
void StorePixels(const ImageChannels& to, const ImageEnding& ending, Range rows, MatrixView<const float> c) {
  const Ending end(ending.rectified);
  WithSink(to.tensor, [&](auto sink) {
    for (std::int64_t row = rows.begin, length = 0; row < rows.end; row += length) {
      const std::int64_t sample = row / to.pixels, pixel = row % to.pixels;
      length = std::min(to.pixels - pixel, rows.end - row);
      for (std::int64_t j = 0; j < c.rows; ++j) {
        const auto bias = hn::Set(F32(), BiasOf(ending.bias, j));
        Map(
            sink.From(to.at(sample, j, pixel)), length, [&](Numbers values) { return end(hn::Add(values, bias)); },
            c.row(j) + (row - rows.begin));
      }
    }
  });
}

/// C row by row, of one pixel a channel: rows are contiguous in the tensor too.
void StoreSamples(const ImageChannels& to, const ImageEnding& ending, Range rows, MatrixView<const float> c) {
  const Ending end(ending.rectified);
  const auto add = [&](Numbers values, Numbers bias) { return end(hn::Add(values, bias)); };
  WithSink(to.tensor, [&](auto sink) {
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      const auto here = sink.From(to.at(row, 0, 0));
      const float* from = c.row(row - rows.begin);
      if (ending.bias.empty())
        Map(
            here, c.cols, [&](Numbers values) { return add(values, hn::Zero(F32())); }, from);
      else
        Map(here, c.cols, add, from, ending.bias.data());
    }
  });
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(StorePixels);
HWY_EXPORT(StoreSamples);

}  // namespace

void ImageResult::store(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c) {
  const Major contiguous = to_.pixels == 1 ? Major::rows : Major::columns;
  if (major != contiguous) return store_turned(slab, rows, cols, major, c);
  ImageChannels to = to_;
  to.first_channel += cols.begin;
  ImageEnding ending = ending_;
  if (!ending.bias.empty()) ending.bias = ending.bias.subspan(cols.begin, cols.size());
  if (contiguous == Major::rows)
    HWY_DYNAMIC_DISPATCH(StoreSamples)(to, ending, rows, c);
  else
    HWY_DYNAMIC_DISPATCH(StorePixels)(to, ending, rows, c);
}

/// By tiles that the first-level cache holds, whatever the strides.
void ImageResult::store_turned(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c) {
  constexpr std::int64_t side = 64;
  alignas(64) float turned[side * side];
  const bool by_rows = major == Major::rows;
  const std::int64_t width = std::min(side, c.cols), height = side * side / width;
  for (std::int64_t i = 0; i < c.rows; i += height)
    for (std::int64_t j = 0; j < c.cols; j += width) {
      const MatrixView<const float> tile{c.row(i) + j, std::min(height, c.rows - i), std::min(width, c.cols - j),
                                         c.stride};
      const MatrixView<float> to{turned, tile.cols, tile.rows, height};
      transpose(tile, to);
      const Range down{i, i + tile.rows}, across{j, j + tile.cols};
      const Range r = by_rows ? down : across, k = by_rows ? across : down;
      store(slab, {rows.begin + r.begin, rows.begin + r.end}, {cols.begin + k.begin, cols.begin + k.end},
            by_rows ? Major::columns : Major::rows, to);
    }
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
