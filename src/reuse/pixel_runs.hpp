#pragma once

#include <cstdint>
#include <span>

#include "acrtc/reuse/im2col.hpp"

namespace acrtc::reuse {

/// Neighbouring output pixels of one output row, as the kernel's upper left corner sees them.
struct PixelRun {
  std::int64_t at;      ///< where the run begins among the block's pixels
  std::int64_t length;  ///< pixels
  std::int64_t y, x;    ///< input position of the first pixel's upper left tap; may lie in the padding
  std::int64_t source;  ///< of that position, in elements of x[n, c, h, w], at the group's first channel
};

/// Writes columns [cols) of im2col, out[column][pixel]: for every run the inputs that a column's tap sees, zeros where
/// it sees padding.
void copy_runs(const ConvGeometry& geometry, const float* x, std::span<const PixelRun> runs, Range cols,
               MatrixView<float> out);
void copy_runs(const ConvGeometry& geometry, const std::uint16_t* x, std::span<const PixelRun> runs, Range cols,
               MatrixView<std::uint16_t> out);

}  // namespace acrtc::reuse
