#pragma once

#include <cstdint>

#include "acrtc/base/quantity.hpp"
#include "acrtc/hardware/accelerator.hpp"
#include "acrtc/hardware/cost.hpp"

namespace acrtc::hardware {

/// How one call of a GEMM is cut into tiles for the tensor cores.
///
/// C is cut into ceil(m/tile_rows) x ceil(n/tile_columns) equal blocks, each accumulated in one tensor core's
/// registers. Where these are fewer than the tensor cores, the reduction is cut too, into equal slices of at least
/// `shortest_slice` elements (split-K, as libraries do), and the slices' FP32 partial sums are added up in the SRAM.
/// A tile is one block of one slice. Tensor cores take tiles in waves, each as long as a tile: a last wave that is not
/// full costs as much as a full one.
struct Tiling {
  std::int64_t row_blocks = 1, column_blocks = 1, slices = 1;

  static constexpr std::int64_t shortest_slice = 64;

  Tiling(const Accelerator& accelerator, const GemmWork& work);
  std::int64_t tiles() const { return row_blocks * column_blocks * slices; }
  std::int64_t waves(const Accelerator& accelerator) const;
};

/// Between DRAM and SRAM, one call. Output-stationary: a block of C stays in the SRAM while panels of A and B,
/// `panel_depth` elements deep and double-buffered, stream past it. So A is read once for each column of blocks, B once
/// for each row of blocks, and C is written once: weight gradients in FP32, other results in the operand format. Among
/// 1, 2, 4, ... columns of blocks, as tall as the SRAM allows, the cut with the least traffic is taken.
Bytes dram_traffic(const Accelerator& accelerator, const GemmWork& work);
inline constexpr std::int64_t panel_depth = 64;

/// Between SRAM and registers, one call: A once for each column of tiles, B once for each row of tiles, C's sums once
/// for each slice (read back for every slice but the first); and all that DRAM delivers or takes passes through.
Bytes sram_traffic(const Tiling& tiling, const GemmWork& work, Bytes dram);

/// Bits between registers and dot-product units, all calls: rows of A once for each operand block of columns and the
/// accumulators, read and written, at every dense beat, since reuse spares neither; B's operands at every beat done.
double register_bits(const Accelerator& accelerator, const GemmWork& work);

}  // namespace acrtc::hardware
