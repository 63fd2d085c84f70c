#include "acrtc/hardware/accelerator.hpp"

#include "acrtc/base/error.hpp"
#include "spec.hpp"

namespace acrtc::hardware {
namespace {

void read_compute(Accelerator& accelerator, const Spec& spec) {
  accelerator.tensor_cores = spec.count("tensor_cores");
  accelerator.clock = {spec.positive("clock", frequency_units)};
  accelerator.utilization = spec.positive("utilization", plain_units);
  if (accelerator.utilization > 1) spec.reject("utilization", "it is a share of the peak, at most 1");
  accelerator.stalls = spec.choice("stalls", {"fixed", "scaled"}) == 0 ? Stalls::fixed : Stalls::scaled;
  accelerator.pipeline_fill = {spec.number("pipeline_fill", cycle_units)};
  accelerator.compare_latency = {spec.number("compare_latency", cycle_units)};
  accelerator.tile_rows = spec.count("tile_rows");
  accelerator.tile_columns = spec.count("tile_columns");
  accelerator.operand_block_columns = spec.count("operand_block_columns");
}

void read_memory(Accelerator& accelerator, const Spec& spec) {
  accelerator.sram_capacity = {spec.positive("sram_capacity", byte_units)};
  accelerator.sram_bandwidth = {spec.positive("sram_bandwidth", bandwidth_units)};
  accelerator.dram_bandwidth = {spec.positive("dram_bandwidth", bandwidth_units)};
}

void read_energy(Accelerator& accelerator, const Spec& spec) {
  for (const reuse::Format format : reuse::formats) {
    const Spec operation = spec.section(reuse::name(format), {"multiply", "add"});
    accelerator.arithmetic[static_cast<std::size_t>(format)] = {{operation.number("multiply", energy_units)},
                                                                {operation.number("add", energy_units)}};
  }
  accelerator.compare_bit = {spec.number("compare_bit", bit_energy_units)};
  accelerator.steer = {spec.number("steer", energy_units)};
  accelerator.beat = {spec.number("beat", energy_units)};
  accelerator.register_bit = {spec.number("register_bit", bit_energy_units)};
  accelerator.sram_bit = {spec.number("sram_bit", bit_energy_units)};
  accelerator.dram_bit = {spec.number("dram_bit", bit_energy_units)};
  accelerator.static_power = {spec.number("static_power", power_units)};
}

}  // namespace

Accelerator parse_accelerator(const Table& table, const std::string& name) {
  const Spec spec("", table, {"description", "compute", "memory", "energy"});
  Accelerator accelerator;
  accelerator.name = name;
  accelerator.description = spec.text("description");
  read_compute(accelerator,
               spec.section("compute", {"tensor_cores", "clock", "utilization", "stalls", "pipeline_fill",
                                        "compare_latency", "tile_rows", "tile_columns", "operand_block_columns"}));
  read_memory(accelerator, spec.section("memory", {"sram_capacity", "sram_bandwidth", "dram_bandwidth"}));
  read_energy(accelerator, spec.section("energy", {"fp16", "bf16", "tf32", "fp32", "compare_bit", "steer", "beat",
                                                   "register_bit", "sram_bit", "dram_bit", "static_power"}));
  return accelerator;
}

}  // namespace acrtc::hardware
