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
struct Accelerator {
  std::string name, description;

  // Compute. A tensor core holds 64 multipliers: 16/L dot-product units of 4 lanes-of-L columns.
  std::int64_t tensor_cores = 0;
  Hertz clock;
  double utilization = 1;       ///< share of peak that dense training reaches; the rest is stall time
  Stalls stalls = Stalls::fixed;
  Cycles pipeline_fill;         ///< once a GEMM
  Cycles compare_latency;       ///< added to the fill where operands are compared

  // Memory.
  Bytes sram_capacity;          ///< on-chip buffer that holds the operands' tiles
  Bandwidth sram_bandwidth, dram_bandwidth;
  std::int64_t operand_block_columns = 16;  ///< Nd: A is delivered, and compared, again for each block of so many columns of B

  // Energy.
  std::array<FormatEnergy, 4> arithmetic;  ///< by reuse::Format
  Joules compare_bit;           ///< comparing one bit of two keys
  Joules steer;                 ///< routing one reused result
  Joules beat;                  ///< clock, issue and control of one beat of one dot-product unit
  Joules register_bit, sram_bit, dram_bit;  ///< moving one bit
  Watts static_power;           ///< without what dram_bit already includes
};

/// Reads an accelerator file's table. Throws UserError naming the key and its origin.
Accelerator parse_accelerator(const Table& table, const std::string& name);

}  // namespace acrtc::hardware
