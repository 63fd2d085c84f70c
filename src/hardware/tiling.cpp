#include "tiling.hpp"

#include <algorithm>
#include <limits>

#include "acrtc/base/integer.hpp"
#include "acrtc/reuse/format.hpp"

namespace acrtc::hardware {
namespace {

constexpr double accumulator_bytes = 4;
constexpr int unit_columns = 4;  ///< columns of B that a dot-product unit works on

double operand_bytes(const GemmWork& work) { return reuse::storage_bits(work.format) / 8.0; }

/// Of an element of C in DRAM. Sums are FP32; tensors between layers are rounded to the format once, on their way out.
double result_bytes(const GemmWork& work) {
  return work.role == reuse::Role::grad_weight ? accumulator_bytes : operand_bytes(work);
}

double elements(std::int64_t stored, std::int64_t rows, std::int64_t columns) {
  return stored > 0 ? static_cast<double>(stored) : static_cast<double>(rows) * static_cast<double>(columns);
}

/// Rows of C that the SRAM holds beside the panels, where a block is `columns` wide.
std::int64_t block_rows(const Accelerator& accelerator, const GemmWork& work, std::int64_t columns) {
  const double width = static_cast<double>(columns);
  const double panel_row = 2 * static_cast<double>(std::min(work.k, panel_depth)) * operand_bytes(work);
  const double room = accelerator.sram_capacity.value - width * panel_row;
  const double rows = room / (width * accumulator_bytes + panel_row);
  return static_cast<std::int64_t>(std::clamp(rows, 1.0, static_cast<double>(work.m)));
}

}  // namespace

Tiling::Tiling(const Accelerator& accelerator, const GemmWork& work)
    : row_blocks(ceil_div(work.m, accelerator.tile_rows)), column_blocks(ceil_div(work.n, accelerator.tile_columns)) {
  const std::int64_t idle = accelerator.tensor_cores / (row_blocks * column_blocks);
  slices = std::clamp<std::int64_t>(idle, 1, std::max<std::int64_t>(1, work.k / shortest_slice));
}

std::int64_t Tiling::waves(const Accelerator& accelerator) const { return ceil_div(tiles(), accelerator.tensor_cores); }

Bytes dram_traffic(const Accelerator& accelerator, const GemmWork& work) {
  const double a = elements(work.stored.a, work.m, work.k) * operand_bytes(work);
  const double b = elements(work.stored.b, work.k, work.n) * operand_bytes(work);
  const double c = elements(work.stored.c, work.m, work.n) * result_bytes(work);
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t columns_of_blocks = 1;; columns_of_blocks *= 2) {
    const std::int64_t width = ceil_div(work.n, columns_of_blocks);
    const std::int64_t rows_of_blocks = ceil_div(work.m, block_rows(accelerator, work, width));
    least = std::min(least, a * static_cast<double>(ceil_div(work.n, width)) + b * static_cast<double>(rows_of_blocks));
    if (width == 1) break;
  }
  return {least + c};
}

Bytes sram_traffic(const Tiling& tiling, const GemmWork& work, Bytes dram) {
  const auto m = static_cast<double>(work.m), n = static_cast<double>(work.n), k = static_cast<double>(work.k);
  const double a = m * k * operand_bytes(work) * static_cast<double>(tiling.column_blocks);
  const double b = k * n * operand_bytes(work) * static_cast<double>(tiling.row_blocks);
  const double c = m * n * accumulator_bytes * static_cast<double>(2 * tiling.slices - 1);
  return Bytes{a + b + c} + dram;
}

double register_bits(const Accelerator& accelerator, const GemmWork& work) {
  const double operand = reuse::storage_bits(work.format);
  const auto deliveries = static_cast<double>(ceil_div(work.n, accelerator.operand_block_columns) * work.calls);
  const double a = static_cast<double>(work.m) * static_cast<double>(work.k) * deliveries * operand;
  const double b = static_cast<double>(work.count.beats) * unit_columns * static_cast<double>(work.lanes) * operand;
  const double sums = static_cast<double>(work.count.beats_dense) * unit_columns * 2 * 8 * accumulator_bytes;
  return a + b + sums;
}

}  // namespace acrtc::hardware
