#include "acrtc/hardware/cost.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "hardware_files.hpp"

namespace acrtc::hardware {
namespace {

using testing::HardwareFile;

/// Two tensor cores at 1 GHz with round coefficients.
Accelerator small() {
  Accelerator a;
  a.tensor_cores = 2;
  a.clock = {1e9};
  a.utilization = 0.5;
  a.pipeline_fill = {2};
  a.compare_latency = {1};
  a.operand_block_columns = 4;
  a.sram_capacity = {1e6};
  a.sram_bandwidth = {140.8e9};
  a.dram_bandwidth = {64e9};
  a.arithmetic.fill({{2e-12}, {1e-12}});
  a.compare_bit = {1e-15};
  a.steer = {0.5e-12};
  a.beat = {4e-12};
  a.register_bit = {0.1e-12};
  a.sram_bit = {1e-12};
  a.dram_bit = {10e-12};
  a.static_power = {1};
  return a;
}

std::uint64_t product(std::int64_t a, std::int64_t b, std::int64_t c) { return static_cast<std::uint64_t>(a * b * c); }

/// A GEMM of which the window scheme has reused `share` of the products and of the beats.
GemmWork work(std::int64_t m, std::int64_t n, std::int64_t k, double share = 0) {
  GemmWork work{.m = m, .n = n, .k = k, .strength = {3}};
  work.count.mults_dense = work.count.adds = product(m, n, k);
  work.count.beats_dense = product(m, (k + 3) / 4, (n + 3) / 4);
  work.count.mults = static_cast<std::uint64_t>(static_cast<double>(work.count.mults_dense) * (1 - share));
  work.count.beats = static_cast<std::uint64_t>(static_cast<double>(work.count.beats_dense) * (1 - share));
  work.count.elements = product(m, k, 1);
  work.count.comparisons = work.count.elements;
  return work;
}

/// m = n = 8, k = 16: 64 dense beats of 16 products, 40 with reuse.
GemmWork example() {
  GemmWork w = work(8, 8, 16);
  w.count.mults = 512;
  w.count.beats = 40;
  w.count.comparisons = 100;
  return w;
}

void expect_close(double value, double expected) { EXPECT_NEAR(value, expected, 1e-9 * std::abs(expected)); }

void expect_same(const Cost& a, const Cost& b) {
  EXPECT_EQ(a.cycles.value, b.cycles.value);
  EXPECT_EQ(a.time.value, b.time.value);
  EXPECT_EQ(a.dram_bytes.value, b.dram_bytes.value);
  EXPECT_EQ(a.energy.total().value, b.energy.total().value);
}

std::vector<Joules> parts(const EnergyParts& e) {
  return {e.multiply, e.add, e.compare, e.steer, e.beat, e.registers, e.sram, e.dram, e.static_power};
}

TEST(GemmCost, TimeOfAnExampleReckonedByHand) {
  const CostPair cost = gemm_cost(small(), example());
  expect_close(cost.dense.cycles.value, 16);  // 1024 products on one core of 64
  expect_close(cost.reuse.cycles.value, 10);
  expect_close(cost.reuse.dram_bytes.value, 640);  // 2 x 128 + 64 elements of 2 bytes
  expect_close(cost.reuse.dram.value, 10e-9);
  expect_close(cost.reuse.sram.value, 10e-9);   // 2 x 128 elements of 2 bytes, 64 sums of 4, and what DRAM moves
  expect_close(cost.dense.fixed.value, 18e-9);  // fill 2, stalls 16
  expect_close(cost.reuse.fixed.value, 19e-9);  // comparing adds 1
  expect_close(cost.dense.time.value, 34e-9);
  expect_close(cost.reuse.time.value, 29e-9);
}

TEST(GemmCost, EnergyOfAnExampleReckonedByHand) {
  const CostPair cost = gemm_cost(small(), example());
  expect_close(cost.dense.energy.multiply.value, 1024 * 2e-12);
  expect_close(cost.dense.energy.beat.value, 64 * 4e-12);
  expect_close(cost.dense.energy.registers.value, (4096 + 16384 + 16384) * 0.1e-12);
  EXPECT_EQ(cost.dense.energy.compare.value, 0);
  EXPECT_EQ(cost.dense.energy.steer.value, 0);
  const EnergyParts& reuse = cost.reuse.energy;
  expect_close(reuse.multiply.value, 512 * 2e-12);
  expect_close(reuse.add.value, 1024 * 1e-12);
  expect_close(reuse.compare.value, 100 * 2 * (16 - 3) * 1e-15);  // delivered for 2 blocks of 4 columns
  expect_close(reuse.steer.value, 512 * 0.5e-12);
  expect_close(reuse.beat.value, 40 * 4e-12);
  expect_close(reuse.registers.value, (4096 + 10240 + 16384) * 0.1e-12);  // A, B, accumulators
  expect_close(reuse.sram.value, (768 + 640) * 8 * 1e-12);
  expect_close(reuse.dram.value, 640 * 8 * 10e-12);
  expect_close(reuse.static_power.value, 29e-9);
  expect_close(reuse.total().value, (reuse.core() + reuse.sram + reuse.dram + reuse.static_power).value);
}

TEST(GemmCost, StallsAreBoundedByFixedAndScaled) {
  Accelerator accelerator = small();
  accelerator.stalls = Stalls::scaled;
  const CostPair cost = gemm_cost(accelerator, example());
  expect_close(cost.dense.time.value, 34e-9);
  expect_close(cost.reuse.time.value, 23e-9);  // 10 of work, 10 of stalls, 3 of filling
}

TEST(GemmCost, TellsBothBoundsUnderEitherKindOfStalls) {
  for (const Stalls stalls : {Stalls::fixed, Stalls::scaled}) {
    Accelerator accelerator = small();
    accelerator.stalls = stalls;
    CostPair cost = gemm_cost(accelerator, example());
    expect_close(cost.dense.bounds.fixed.value, 34e-9);
    expect_close(cost.dense.bounds.scaled.value, 34e-9);
    cost += {traffic_cost(accelerator, {64}), traffic_cost(accelerator, {64})};  // another 1 ns
    expect_close(cost.reuse.bounds.fixed.value, 30e-9);
    expect_close(cost.reuse.bounds.scaled.value, 24e-9);
    EXPECT_EQ(cost.reuse.time.value,
              (stalls == Stalls::fixed ? cost.reuse.bounds.fixed : cost.reuse.bounds.scaled).value);
  }
}

TEST(GemmCost, WhereNothingIsComparedBothCostsAreTheDenseOne) {
  GemmWork plain = work(8, 8, 16);  // what schemes without comparators count, and windows of one row
  plain.count.comparisons = 0;
  for (const reuse::Strength strength : {reuse::Strength::off(), reuse::Strength{0}, reuse::Strength{3}}) {
    plain.strength = strength;
    const CostPair cost = gemm_cost(small(), plain);
    expect_same(cost.reuse, cost.dense);
    expect_same(cost.dense, gemm_cost(small(), example()).dense);
  }
}

TEST(GemmCost, ReuseThatFindsNothingPaysForLooking) {
  const CostPair cost = gemm_cost(small(), work(64, 64, 64));
  expect_close((cost.reuse.time - cost.dense.time).value, 1e-9);
  expect_close((cost.reuse.energy.core() - cost.dense.energy.core()).value, cost.reuse.energy.compare.value);
}

TEST(GemmCost, KeysKeepSignAndExponentAtAnyStrength) {
  GemmWork strong = example();
  for (const int level : {7, 8, 63}) {  // bf16 has 7 bits of mantissa
    strong.strength = {level};
    expect_close(gemm_cost(small(), strong).reuse.energy.compare.value, 100 * 2 * 9 * 1e-15);
  }
}

TEST(GemmCost, IssuesBeatsInProportionToTheirMultipliers) {
  for (const std::int64_t lanes : {1, 2, 4, 8, 16}) {
    GemmWork w = example();
    w.lanes = lanes;
    w.count.beats_dense = w.count.beats = product(8, 16 / lanes, 2);
    expect_close(gemm_cost(small(), w).dense.energy.beat.value, 64 * 4e-12);  // as many products, 4 pJ for 16 of them
  }
}

TEST(GemmCost, CountsWholeWaves) {
  const auto cycles = [](std::int64_t row_blocks) {
    return gemm_cost(small(), work(64 * row_blocks, 64, 64)).dense.cycles.value;
  };
  const double tile = 64 * 64;  // cycles of 64^3 products, 64 a cycle
  expect_close(cycles(1), tile);
  expect_close(cycles(2), tile);
  expect_close(cycles(3), 2 * tile);
  expect_close(cycles(4), 2 * tile);
}

TEST(GemmCost, CutsTheReductionWhereTensorCoresIdle) {
  const GemmWork deep = work(64, 64, 6400);
  const Cost two = gemm_cost(small(), deep).dense;
  Accelerator single = small();
  single.tensor_cores = 1;
  const Cost one = gemm_cost(single, deep).dense;
  expect_close(two.cycles.value, one.cycles.value / 2);
  // The second slice's sums are written, then both are added: 64 x 64 x 4 bytes twice more.
  expect_close((two.energy.sram - one.energy.sram).value, 2 * 64 * 64 * 4 * 8 * 1e-12);
}

TEST(GemmCost, IsAsLongAsTheSlowestOfCoreSramAndDram) {
  Accelerator accelerator = small();
  accelerator.dram_bandwidth = {1e9};
  const CostPair cost = gemm_cost(accelerator, example());
  expect_close(cost.reuse.time.value, 640e-9 + 19e-9);
  expect_close(cost.dense.time.value, 640e-9 + 18e-9);
}

TEST(GemmCost, ReadsOperandsAgainWhereTheSramIsSmall) {
  const GemmWork large = work(1024, 1024, 1024);
  Accelerator roomy = small(), tight = small();
  roomy.sram_capacity = {8.0 * 1024 * 1024};
  tight.sram_capacity = {64.0 * 1024};
  const double once = 3.0 * 1024 * 1024 * 2;
  expect_close(gemm_cost(roomy, large).dense.dram_bytes.value, once);
  EXPECT_GT(gemm_cost(tight, large).dense.dram_bytes.value, 4 * once);
}

TEST(GemmCost, ChargesDramForWhatIsStored) {
  GemmWork convolution = example();
  convolution.stored = {.a = 32, .c = 16};  // of 128 and 64 elements
  expect_close(gemm_cost(small(), convolution).dense.dram_bytes.value, 32 * 2 + 128 * 2 + 16 * 2);
}

TEST(GemmCost, WritesWeightGradientsInFp32AndTensorsInTheFormat) {
  const auto bytes = [](reuse::Role role, reuse::Format format) {
    GemmWork w = example();
    w.role = role;
    w.format = format;
    return gemm_cost(small(), w).dense.dram_bytes.value;
  };
  for (const reuse::Role role : {reuse::Role::forward, reuse::Role::grad_input}) {
    EXPECT_EQ(bytes(role, reuse::Format::fp16), 256 * 2 + 64 * 2);
    EXPECT_EQ(bytes(role, reuse::Format::tf32), 256 * 4 + 64 * 4);
  }
  EXPECT_EQ(bytes(reuse::Role::grad_weight, reuse::Format::fp16), 256 * 2 + 64 * 4);
}

TEST(GemmCost, OfCallsIsTheSumOfTheirCosts) {
  GemmWork both = example();
  both.calls = 2;
  both.count += example().count;
  const CostPair once = gemm_cost(small(), example()), twice = gemm_cost(small(), both);
  CostPair sum = once;
  sum += once;
  expect_close(twice.reuse.time.value, sum.reuse.time.value);
  expect_close(twice.reuse.energy.total().value, sum.reuse.energy.total().value);
  expect_close(twice.dense.energy.registers.value, sum.dense.energy.registers.value);
  EXPECT_EQ(gemm_cost(small(), {.calls = 0}).dense.time.value, 0);
}

TEST(GemmCost, NeverLosesMoreTimeThanComparingTakes) {
  for (const HardwareFile& file : HardwareFile::all("hardware")) {
    const Accelerator accelerator = parse_accelerator(file.table(), file.name());
    for (const std::int64_t m : {1, 64, 1000, 50176})
      for (const std::int64_t n : {1, 10, 64, 512})
        for (const std::int64_t k : {1, 25, 576})
          for (const double share : {0.0, 0.3, 0.9}) {
            const CostPair cost = gemm_cost(accelerator, work(m, n, k, share));
            const Seconds comparing = accelerator.compare_latency / accelerator.clock;
            EXPECT_LE(cost.reuse.time.value, (cost.dense.time + comparing).value * (1 + 1e-12));
            EXPECT_EQ(cost.reuse.dram_bytes.value, cost.dense.dram_bytes.value);
            EXPECT_EQ(cost.reuse.energy.sram.value, cost.dense.energy.sram.value);
            for (const Cost& either : {cost.dense, cost.reuse})
              for (const Joules part : parts(either.energy)) EXPECT_GE(part.value, 0);
          }
  }
}

TEST(GemmCost, OfAV100StaysWithinItsBoardPower) {
  const Accelerator v100 = parse_accelerator(HardwareFile::named("hardware/v100.toml").table(), "v100");
  GemmWork large = work(40960, 4096, 4096);
  large.format = reuse::Format::fp16;
  const Cost cost = gemm_cost(v100, large).dense;
  EXPECT_LT(cost.energy.total() / (Watts{300} * cost.time), 1);
  const double fma_per_second = static_cast<double>(large.count.mults) / cost.time.value;
  EXPECT_NEAR(fma_per_second / peak_fma_per_second(v100), 0.27, 0.01);
}

TEST(TrafficCost, IsDramAlone) {
  const Cost cost = traffic_cost(small(), {64e9});
  expect_close(cost.time.value, 1);
  expect_close(cost.energy.dram.value, 64e9 * 8 * 10e-12);
  expect_close(cost.energy.total().value, cost.energy.dram.value + 1);
  EXPECT_EQ(cost.energy.core().value, 0);
}

}  // namespace
}  // namespace acrtc::hardware
