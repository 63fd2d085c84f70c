#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "acrtc/base/quantity.hpp"
#include "acrtc/base/value.hpp"
#include "acrtc/reuse/format.hpp"

namespace acrtc::hardware {

/// What keeps a real chip from its peak: stalls that reuse does not shorten, or stalls that shrink with the work.
enum class Stalls { fixed, scaled };

/// Bytes a second.
using Bandwidth = Quantity<struct BandwidthUnit>;
constexpr Seconds operator/(Bytes bytes, Bandwidth bandwidth) { return {bytes.value / bandwidth.value}; }

/// Energy of one operation on operands of one format.
struct FormatEnergy {
  Joules multiply;  ///< one product
  Joules add;       ///< one FP32 accumulation
};

/// One emulated accelerator, as its file in configs/hardware describes it: every number there has a unit and a source.
/// All energies are dynamic, at the accelerator's own process and voltage.
struct Accelerator {
  std::string name, description;

  // Compute. A tensor core holds 64 multipliers: 16/L dot-product units, each for 4 columns of B by L lanes.
  std::int64_t tensor_cores = 0;
  Hertz clock;
  double utilization = 1;  ///< share of peak that dense training reaches, in (0, 1]; the rest is stall time
  Stalls stalls = Stalls::fixed;
  Cycles pipeline_fill;    ///< once a GEMM
  Cycles compare_latency;  ///< added to the fill where operands are compared: nothing is where a window has one row

  // Memory.
  Bytes sram_capacity;  ///< on-chip buffer that holds the operands' tiles
  Bandwidth sram_bandwidth, dram_bandwidth;
  std::int64_t tile_rows = 64, tile_columns = 64;  ///< largest block of C that one tensor core keeps in registers
  std::int64_t operand_block_columns =
      16;  ///< Nd: A is delivered, and compared, again for each block of so many columns of B

  // Energy.
  std::array<FormatEnergy, 4> arithmetic;  ///< by reuse::Format
  Joules compare_bit;                      ///< comparing one bit of two keys
  Joules steer;                            ///< routing one reused result
  Joules beat;  ///< clock, issue and control of one beat of 16 multipliers; of larger and smaller units in proportion
  Joules register_bit, sram_bit, dram_bit;  ///< moving one bit
  Watts static_power;                       ///< without what dram_bit already includes
};

/// Products and sums a second at peak: 64 a tensor core and cycle.
constexpr double peak_fma_per_second(const Accelerator& accelerator) {
  return 64.0 * static_cast<double>(accelerator.tensor_cores) * accelerator.clock.value;
}

/// Reads the table of configs/hardware/<name>.toml, in which each number is `{ value, unit }`. Every key is required.
/// Throws UserError naming the key and its origin.
Accelerator parse_accelerator(const Table& table, const std::string& name);

}  // namespace acrtc::hardware
