#pragma once

#include <cstdint>

#include "acrtc/base/quantity.hpp"
#include "acrtc/hardware/accelerator.hpp"
#include "acrtc/reuse/count.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/role.hpp"
#include "acrtc/reuse/strength.hpp"

namespace acrtc::hardware {

/// Elements of a GEMM's matrices as DRAM stores them. 0: as many as the matrix has. An im2col matrix is formed on the
/// way to the tensor cores, so a convolution stores only X behind A, and only dX behind grad_input's C.
struct StoredElements {
  std::int64_t a = 0, b = 0, c = 0;
};

/// One reuse-aware GEMM (or several alike, summed): its shape and what reuse did to it.
struct GemmWork {
  std::int64_t m = 0, n = 0, k = 0;         ///< of one call
  std::int64_t calls = 1;                   ///< counts are sums over so many calls
  reuse::Role role = reuse::Role::forward;  ///< whose C is a tensor in the operand format, or weight gradients in FP32
  StoredElements stored{};                  ///< of one call
  reuse::Format format = reuse::Format::bf16;
  std::int64_t lanes = 4, window = 4;
  reuse::Strength strength{};  ///< bits that keys leave out, at most all of the mantissa
  reuse::ReuseCount count{};
};

/// Energy by part.
struct EnergyParts {
  Joules multiply, add, compare, steer, beat, registers, sram, dram, static_power;

  Joules core() const { return multiply + add + compare + steer + beat + registers; }
  Joules with_sram() const { return core() + sram; }
  Joules total() const { return with_sram() + dram + static_power; }
  EnergyParts& operator+=(const EnergyParts& other);
};

/// A time under either kind of stalls, whichever the accelerator has: a real chip lies between the two.
struct StallBounds {
  Seconds fixed, scaled;

  StallBounds& operator+=(const StallBounds& other);
};

/// Time and energy of some work on one accelerator.
struct Cost {
  Cycles cycles;                    ///< of the tensor cores, whole waves
  Seconds core, sram, dram, fixed;  ///< what each part would take alone; fixed: stalls and pipeline fill
  Seconds time;                     ///< max(core, sram, dram) + fixed
  StallBounds bounds;               ///< of time, which is one of them
  Bytes dram_bytes;
  EnergyParts energy;

  Cost& operator+=(const Cost& other);
};

/// The same work with nothing reused, compared or routed, beside what it cost with reuse.
struct CostPair {
  Cost dense, reuse;
  CostPair& operator+=(const CostPair& other);
};

/// Prices a GEMM:
///   core  = waves of tiles on the tensor cores (src/hardware/tiling.hpp says what a tile is), in proportion to beats;
///   sram, dram = traffic over bandwidth, the same with and without reuse: reuse skips work, operands still arrive;
///   fixed = pipeline fill (where operands are compared also compare latency) for each call, and stalls:
///           (1/utilization - 1) times the dense core time (Stalls::fixed) or the core time at hand (Stalls::scaled).
/// What was compared, skipped and routed is what the counts say, whatever the strength: where they are those of the
/// dense GEMM, both costs are the dense one, bit for bit. Everything is additive over GEMMs.
CostPair gemm_cost(const Accelerator& accelerator, const GemmWork& work);

/// Prices work that only moves data through DRAM: element-wise layers, the optimizer, the input. Same with and without
/// reuse.
Cost traffic_cost(const Accelerator& accelerator, Bytes traffic);

}  // namespace acrtc::hardware
