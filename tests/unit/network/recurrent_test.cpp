#include <gtest/gtest.h>

#include <cmath>

#include "acrtc/base/error.hpp"
#include "acrtc/network/layer.hpp"
#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

using test::Bench;
using test::fp32;
using test::table;
using test::operator""_i;

/// One unit whose weights are all one half: what it does can be followed by hand.
struct SmallRecurrence : Bench {
  SmallRecurrence(const char* kind, const Table& settings) : Bench(kind, settings, {{4, 1, 1}}) {
    std::ranges::fill(parameters.values(), 0.5F);
    parameters.touch();
    forward();
  }
};

TEST(Rnn, FollowsItsRecurrence) {
  SmallRecurrence bench("rnn", table({{"outputs", 1_i}, {"output", std::string("all")}}));
  double state = 0;
  for (std::size_t step = 0; step < 4; ++step) {
    state = std::tanh(0.5 * fp32(bench.in[0], 1)[step] + 0.5 * state + 0.5);
    EXPECT_NEAR(fp32(bench.out, 1)[step], state, 1e-6);
  }
}

TEST(ClockworkRnn, MovesSlowModulesAtTheirPaceAndHidesFastOnesFromThem) {
  Array periods{Value(Value::Data(1_i)), Value(Value::Data(3_i))};
  SmallRecurrence bench("cwrnn",
                        table({{"outputs", 2_i}, {"output", std::string("all")}, {"periods", std::move(periods)}}));
  double fast = 0, slow = 0;
  for (std::size_t step = 0; step < 4; ++step) {
    const double input = 0.5 * fp32(bench.in[0], 1)[step] + 0.5;
    fast = std::tanh(input + 0.5 * fast + 0.5 * slow);
    if (step % 3 == 0) slow = std::tanh(input + 0.5 * slow);
    EXPECT_NEAR(fp32(bench.out, 1)[2 * step], fast, 1e-6);
    EXPECT_NEAR(fp32(bench.out, 1)[2 * step + 1], slow, 1e-6);
  }
  EXPECT_THROW(Bench("cwrnn", table({{"outputs", 6_i}}), {{4, 1, 1}}), UserError) << "4 modules";
}

TEST(Lstm, FollowsItsGates) {
  SmallRecurrence bench("lstm", table({{"outputs", 1_i}, {"output", std::string("all")}}));
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  double state = 0, cell = 0;
  for (std::size_t step = 0; step < 4; ++step) {
    const double z = 0.5 * fp32(bench.in[0], 1)[step] + 0.5 * state + 0.5;
    cell = sigmoid(z + 1) * cell + sigmoid(z) * std::tanh(z);
    state = sigmoid(z) * std::tanh(cell);
    EXPECT_NEAR(fp32(bench.out, 1)[step], state, 1e-6);
  }
}

TEST(Lstm, RunsOneGemmAStepAndOneForAllWeightGradients) {
  Bench bench("lstm", table({{"outputs", 5_i}}), {{7, 1, 3}}, {"acrtc", reuse::Format::bf16}, 2);
  int runs = 0;
  bench.gemms.set_observer([&](const GemmInfo&, std::int64_t, reuse::Strength, const reuse::Gemm&) { ++runs; });
  bench.forward();
  bench.backward();
  std::int64_t calls = 0;
  for (const GemmInfo& gemm : bench.gemms.list()) {
    calls += gemm.calls;
    const auto& record = bench.gemms.records()[&gemm - bench.gemms.list().data()];
    EXPECT_EQ(record.count.mults_dense, static_cast<std::uint64_t>(gemm.m * gemm.n * gemm.k * gemm.calls))
        << gemm.name();
  }
  EXPECT_EQ(runs, 7 + 7 + 4);
  EXPECT_EQ(calls, runs);
  EXPECT_EQ(bench.gemms.list()[3].name(), "layer.recurrent/forward");
}

}  // namespace
}  // namespace acrtc::network
