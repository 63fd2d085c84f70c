#include "acrtc/hardware/cost.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/integer.hpp"
#include "tiling.hpp"

namespace acrtc::hardware {
namespace {

constexpr double bits(Bytes bytes) { return 8 * bytes.value; }

/// Accelerator::beat is of a unit of so many lanes.
constexpr double beat_lanes = 4;

/// The same GEMM with nothing reused, compared or routed.
GemmWork dense_work(GemmWork work) {
  work.count.mults = work.count.adds = work.count.mults_dense;
  work.count.beats = work.count.beats_dense;
  work.count.comparisons = work.count.reused = work.count.reused_zero = 0;
  return work;
}

/// What does not depend on reuse.
struct Plan {
  double cycles_per_beat;  ///< of the whole chip, waves that are not full included
  Cycles core_dense;       ///< all calls
  Bytes sram, dram;        ///< all calls
};

Plan plan(const Accelerator& accelerator, const GemmWork& work) {
  const Tiling tiling(accelerator, work);
  const auto calls = static_cast<double>(work.calls);
  const Bytes dram = dram_traffic(accelerator, work);
  Plan plan;
  plan.cycles_per_beat = static_cast<double>(tiling.waves(accelerator)) / static_cast<double>(tiling.tiles()) *
                         static_cast<double>(work.lanes) / 16;
  plan.core_dense = {plan.cycles_per_beat * static_cast<double>(work.count.beats_dense)};
  plan.sram = sram_traffic(tiling, work, dram) * calls;
  plan.dram = dram * calls;
  return plan;
}

/// Pipeline fill, and stalls in proportion to `stalled`.
Seconds fixed_time(const Accelerator& accelerator, const GemmWork& work, Cycles stalled) {
  const bool compares = work.count.comparisons > 0;
  const Cycles fill = accelerator.pipeline_fill + (compares ? accelerator.compare_latency : Cycles{0});
  return (fill * static_cast<double>(work.calls) + stalled * (1 / accelerator.utilization - 1)) / accelerator.clock;
}

/// Comparing keys and routing results.
void add_reuse_energy(EnergyParts& energy, const Accelerator& accelerator, const GemmWork& work) {
  const auto deliveries = static_cast<double>(ceil_div(work.n, accelerator.operand_block_columns));
  const int left_out = std::clamp(work.strength.level, 0, reuse::mantissa_bits(work.format));
  const int key_bits = reuse::significant_bits(work.format) - left_out;
  energy.compare = static_cast<double>(work.count.comparisons) * deliveries * key_bits * accelerator.compare_bit;
  energy.steer = static_cast<double>(work.count.mults_dense - work.count.mults) * accelerator.steer;
}

EnergyParts energy_of(const Accelerator& accelerator, const GemmWork& work, const Plan& plan) {
  const FormatEnergy& arithmetic = accelerator.arithmetic[static_cast<std::size_t>(work.format)];
  EnergyParts energy;
  energy.multiply = static_cast<double>(work.count.mults) * arithmetic.multiply;
  energy.add = static_cast<double>(work.count.adds) * arithmetic.add;
  add_reuse_energy(energy, accelerator, work);
  energy.beat = static_cast<double>(work.count.beats) * static_cast<double>(work.lanes) / beat_lanes * accelerator.beat;
  energy.registers = register_bits(accelerator, work) * accelerator.register_bit;
  energy.sram = bits(plan.sram) * accelerator.sram_bit;
  energy.dram = bits(plan.dram) * accelerator.dram_bit;
  return energy;
}

Cost cost_of(const Accelerator& accelerator, const GemmWork& work, const Plan& plan) {
  Cost cost;
  cost.cycles = {plan.cycles_per_beat * static_cast<double>(work.count.beats)};
  cost.core = cost.cycles / accelerator.clock;
  cost.sram = plan.sram / accelerator.sram_bandwidth;
  cost.dram = plan.dram / accelerator.dram_bandwidth;
  const Seconds busy = std::max({cost.core, cost.sram, cost.dram});
  const StallBounds fixed{fixed_time(accelerator, work, plan.core_dense), fixed_time(accelerator, work, cost.cycles)};
  cost.bounds = {busy + fixed.fixed, busy + fixed.scaled};
  cost.fixed = accelerator.stalls == Stalls::fixed ? fixed.fixed : fixed.scaled;
  cost.time = busy + cost.fixed;
  cost.dram_bytes = plan.dram;
  cost.energy = energy_of(accelerator, work, plan);
  cost.energy.static_power = accelerator.static_power * cost.time;
  return cost;
}

}  // namespace

EnergyParts& EnergyParts::operator+=(const EnergyParts& other) {
  multiply += other.multiply;
  add += other.add;
  compare += other.compare;
  steer += other.steer;
  beat += other.beat;
  registers += other.registers;
  sram += other.sram;
  dram += other.dram;
  static_power += other.static_power;
  return *this;
}

StallBounds& StallBounds::operator+=(const StallBounds& other) {
  fixed += other.fixed;
  scaled += other.scaled;
  return *this;
}

Cost& Cost::operator+=(const Cost& other) {
  cycles += other.cycles;
  core += other.core;
  sram += other.sram;
  dram += other.dram;
  fixed += other.fixed;
  time += other.time;
  bounds += other.bounds;
  dram_bytes += other.dram_bytes;
  energy += other.energy;
  return *this;
}

CostPair& CostPair::operator+=(const CostPair& other) {
  dense += other.dense;
  reuse += other.reuse;
  return *this;
}

CostPair gemm_cost(const Accelerator& accelerator, const GemmWork& work) {
  if (work.calls == 0) return {};
  require(work.m > 0 && work.n > 0 && work.k > 0 && work.calls > 0 && work.lanes > 0, "a GEMM has a shape");
  const Plan shared = plan(accelerator, work);
  return {cost_of(accelerator, dense_work(work), shared), cost_of(accelerator, work, shared)};
}

Cost traffic_cost(const Accelerator& accelerator, Bytes traffic) {
  Cost cost;
  cost.dram_bytes = traffic;
  cost.time = cost.dram = traffic / accelerator.dram_bandwidth;
  cost.bounds = {cost.time, cost.time};
  cost.energy.dram = bits(traffic) * accelerator.dram_bit;
  cost.energy.static_power = accelerator.static_power * cost.time;
  return cost;
}

}  // namespace acrtc::hardware
