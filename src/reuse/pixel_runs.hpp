#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/reuse/im2col.hpp"

namespace acrtc::reuse {

/// Calls visit(sample, pixels of its output) for each sample's share of pixels [rows).
template <class Visit>
void for_each_sample(const ConvGeometry& g, Range rows, Visit visit) {
  const std::int64_t image = g.output_pixels();
  for (std::int64_t row = rows.begin; row < rows.end;) {
    const std::int64_t first = row % image, count = std::min(image - first, rows.end - row);
    visit(row / image, Range{first, first + count});
    row += count;
  }
}

/// Neighbouring output pixels of one output row, as the kernel's upper left corner sees them.
struct PixelRun {
  std::int64_t at;      ///< where the run begins among the block's pixels
  std::int64_t length;  ///< pixels
  std::int64_t y, x;    ///< input position of the first pixel's upper left tap; may lie in the padding
  std::int64_t source;  ///< of that position, in elements of x[n, c, h, w], at the group's first channel
};

/// Output pixels [rows), counted over all samples, in runs.
std::vector<PixelRun> runs_of(const ConvGeometry& geometry, Range rows);

/// Writes columns [cols) of im2col, out[column][pixel]: for every run the inputs that a column's tap sees, zeros where
/// it sees padding.
void copy_runs(const ConvGeometry& geometry, const float* x, std::span<const PixelRun> runs, Range cols,
               MatrixView<float> out);
void copy_runs(const ConvGeometry& geometry, const std::uint16_t* x, std::span<const PixelRun> runs, Range cols,
               MatrixView<std::uint16_t> out);

/// The way back: adds all columns c[column][pixel] of the runs' pixels onto dx[c, h, w], that of the one sample that
/// they are of, and that `source` counts from; padding takes nothing.
void add_runs(const ConvGeometry& geometry, MatrixView<const float> c, std::span<const PixelRun> runs, float* dx);

}  // namespace acrtc::reuse
