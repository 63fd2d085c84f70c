// What the trainer charges each step for.
#include <gtest/gtest.h>

#include <algorithm>

#include "acrtc/train/trainer.hpp"
#include "support/train/small_run.hpp"

namespace acrtc::train {
namespace {

using test::SmallRun;

TEST(StepCost, AccountsForTimeAndEnergyOfEachStep) {
  SmallRun run;
  run.wanted.max_steps = 3;
  run.train();
  for (const auto& step : run.heard.steps) {
    Seconds slowest;
    Joules energy = step.interconnect_energy;
    for (const auto& node : step.nodes) {
      slowest = std::max(slowest, node.time);
      energy += node.energy;
      EXPECT_LT(node.time, node.time_dense);
      EXPECT_LT(node.count.mults, node.count.mults_dense);
    }
    for (const auto& node : step.nodes) EXPECT_DOUBLE_EQ((node.time + node.wait_time).value, slowest.value);
    EXPECT_GT(step.interconnect_time.value, 0);
    EXPECT_DOUBLE_EQ(step.time.value, (slowest + step.interconnect_time).value);
    EXPECT_DOUBLE_EQ(step.energy.value, energy.value);
    EXPECT_LT(step.time, step.time_dense);
  }
}

/// Of one step of a batch in so many parts, on wires that are slower than backward.
Seconds exposed(std::int64_t micro_batches) {
  SmallRun run;
  run.interconnect.latency = {0};
  run.interconnect.bandwidth = {1e10};
  run.wanted.max_steps = 1;
  run.wanted.micro_batches = micro_batches;
  run.train();
  return run.heard.steps.at(0).interconnect_time;
}

TEST(StepCost, HidesWiresBehindTheLastMicroBatchAlone) {
  const Seconds whole = exposed(1), halves = exposed(2), tenths = exposed(10);
  EXPECT_LT(1.2 * whole, halves);
  // Of the backward pass that wires hide behind, a half and a tenth are left.
  EXPECT_NEAR((tenths - whole) / (halves - whole), (1 - 0.1) / (1 - 0.5), 0.02);
}

TEST(StepCost, TellsStepsUnderEitherKindOfStalls) {
  SmallRun fixed, scaled;
  scaled.accelerator.stalls = hardware::Stalls::scaled;
  for (SmallRun* run : {&fixed, &scaled}) {
    run->wanted.max_steps = 2;
    run->train();
  }
  for (int i = 0; i < 2; ++i) {
    const StepRecord &a = fixed.heard.steps[i], &b = scaled.heard.steps[i];
    EXPECT_EQ(a.fixed_stalls.time.value, a.time.value);
    EXPECT_EQ(a.fixed_stalls.energy.value, a.energy.value);
    EXPECT_EQ(b.scaled_stalls.time.value, b.time.value);
    EXPECT_LT(b.time, a.time);
    EXPECT_NEAR(a.scaled_stalls.time / b.time, 1, 1e-12);
    EXPECT_NEAR(a.scaled_stalls.energy / b.energy, 1, 1e-12);
    EXPECT_NEAR(b.fixed_stalls.time / a.time, 1, 1e-12);
    EXPECT_NEAR(b.fixed_stalls.energy / a.energy, 1, 1e-12);
  }
}

TEST(StepCost, ChargesAFusedReluForItsMaskAlone) {
  SmallRun run;  // of 300 and 100 ReLUs behind inner products
  run.wanted.max_steps = 1;
  run.train();
  double bytes = run.heard.steps.at(0).nodes[0].dram_bytes.value;
  for (const auto& gemm : run.heard.layers.at(0).nodes[0]) bytes -= gemm.cost.reuse.dram_bytes.value;
  for (const auto& layer : run.network.layers())
    bytes -= static_cast<double>(layer.parameters) * run.optimizer->bytes_per_parameter();
  bytes -= static_cast<double>(40 * run.dataset->input_bytes());
  EXPECT_NEAR(bytes, 40 * (300 + 100) * 2, 1e-3);
}

TEST(StepCost, ChargesNothingForReuseWhereNothingIsCompared) {
  const auto dense = [] { return test::make<reuse::Scheme>("dense", {}); };
  const auto one_row = [] {
    return test::make<reuse::Scheme>("acrtc", {{"window", test::integer(1)}, {"supply", test::integer(1)}});
  };
  for (const auto scheme : {+dense, +one_row}) {
    SmallRun run({.scheme = scheme});
    run.accelerator.compare_latency = {4};
    run.accelerator.steer = {1e-12};
    run.wanted.max_steps = 2;
    run.train();
    for (const auto& step : run.heard.steps) {
      EXPECT_EQ(step.time.value, step.time_dense.value);
      EXPECT_EQ(step.energy.value, step.energy_dense.value);
    }
  }
}

}  // namespace
}  // namespace acrtc::train
