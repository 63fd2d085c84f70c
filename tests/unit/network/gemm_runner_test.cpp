#include "acrtc/network/gemm_runner.hpp"

#include <gtest/gtest.h>

#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

using test::Bench;
using test::table;
using test::operator""_i;

/// Remembers the roles it was called in.
class Roles : public reuse::Scheme {
 public:
  struct Memory : reuse::LayerMemory {
    std::vector<std::byte> save() const override { return {}; }
    void restore(std::span<const std::byte>) override {}

    std::vector<reuse::Role> seen;
  };

  int max_level(reuse::Format) const override { return 0; }
  std::unique_ptr<reuse::LayerMemory> make_memory() const override { return std::make_unique<Memory>(); }
  reuse::ReuseCount multiply(const reuse::Gemm& gemm, reuse::Strength, reuse::LayerMemory* memory) const override {
    dynamic_cast<Memory&>(*memory).seen.push_back(gemm.role);
    return {};
  }
};

const Registration<reuse::Scheme> registration{
    "roles", "for this test", {}, [](const Settings&) { return std::make_unique<Roles>(); }};

Bench bench(const std::string& scheme) {
  return {"convolution",
          table({{"outputs", 6_i}, {"kernel", 3_i}, {"groups", 2_i}}),
          {{4, 9, 9}},
          {.scheme = scheme, .format = reuse::Format::bf16}};
}

/// Few distinct values: everything there is to reuse.
void coarsen(Bench& b) {
  std::vector<float> coarse = test::numbers(b.in[0]);
  for (float& value : coarse) value = std::round(value);
  reuse::round_into(coarse.data(), b.in[0].values());
}

void set_all(Bench& b, reuse::Strength strength) {
  b.gemms.set_strengths(std::vector(b.gemms.list().size(), strength));
  b.gemms.begin_pass(0);
}

TEST(GemmRunner, ListsTheGemmsOfALayer) {
  const Bench b = bench("dense");
  const auto& list = b.gemms.list();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].name(), "layer/forward");
  EXPECT_EQ(list[1].name(), "layer/grad_input");
  EXPECT_EQ(list[2].name(), "layer/grad_weight");
  for (const GemmInfo& info : list) {
    EXPECT_EQ(info.calls, 2) << "a group each";
    EXPECT_EQ(info.m * info.n * info.k * info.calls, 3 * b.layer->macs()) << info.name();
  }
  EXPECT_EQ(list[2].m, 18) << "im2col columns of a group";
  EXPECT_EQ(list[2].k, 3 * 49);
}

TEST(GemmRunner, CountsTheCallsOfAPassAndForgetsTheOneBefore) {
  Bench b = bench("acrtc");
  for (int pass = 0; pass < 2; ++pass) {
    b.gemms.begin_pass(pass);
    b.forward();
    b.backward();
    for (const GemmRecord& record : b.gemms.records())
      EXPECT_EQ(record.count.mults_dense, static_cast<std::uint64_t>(3 * b.layer->macs()));
  }
}

TEST(GemmRunner, EvaluationIsDenseAndUncounted) {
  Bench b = bench("acrtc");
  coarsen(b);
  set_all(b, {7});
  PassContext pass = b.pass();
  pass.mode = Mode::evaluation;
  b.layer->forward(pass, b.inputs(), b.out);
  EXPECT_EQ(b.gemms.records()[0].count, reuse::ReuseCount{});
  Bench plain = bench("dense");
  coarsen(plain);
  plain.forward();
  EXPECT_TRUE(test::same_bits(test::numbers(b.out), test::numbers(plain.out)));
}

TEST(GemmRunner, OffIsDenseBitForBit) {
  Bench off = bench("acrtc"), plain = bench("dense");
  set_all(off, reuse::Strength::off());
  for (Bench* b : {&off, &plain}) {
    coarsen(*b);
    b->forward();
    b->backward();
  }
  EXPECT_TRUE(test::same_bits(test::numbers(off.out), test::numbers(plain.out)));
  EXPECT_TRUE(test::same_bits(test::numbers(off.d_in[0]), test::numbers(plain.d_in[0])));
  EXPECT_TRUE(test::same_bits(off.parameters.gradients(), plain.parameters.gradients()));
  for (std::size_t id = 0; id < 3; ++id) {
    EXPECT_EQ(off.gemms.records()[id].count, plain.gemms.records()[id].count);
    EXPECT_TRUE(off.gemms.records()[id].strength.is_off());
  }
}

TEST(GemmRunner, LevelZeroReusesAndEqualsDense) {
  Bench zero = bench("acrtc"), plain = bench("dense");
  for (Bench* b : {&zero, &plain}) {
    coarsen(*b);
    b->forward();
    b->backward();
  }
  EXPECT_TRUE(std::ranges::equal(test::numbers(zero.out), test::numbers(plain.out)));
  EXPECT_TRUE(std::ranges::equal(test::numbers(zero.d_in[0]), test::numbers(plain.d_in[0])));
  EXPECT_TRUE(std::ranges::equal(zero.parameters.gradients(), plain.parameters.gradients()));
  EXPECT_GT(zero.gemms.records()[0].count.reused, 0U);
}

TEST(GemmRunner, StrengthsBelongToOneGemmEach) {
  Bench b = bench("acrtc");
  b.gemms.set_strengths({{7}, reuse::Strength::off(), {0}});
  b.gemms.begin_pass(0);
  b.forward();
  b.backward();
  const auto& records = b.gemms.records();
  EXPECT_LT(records[0].count.mults, records[0].count.mults_dense);
  EXPECT_EQ(records[1].count.comparisons, 0U);
  EXPECT_EQ(records[2].strength, reuse::Strength{0});
}

TEST(GemmRunner, ShowsOperandsBeforeTheyAreMultiplied) {
  Bench b = bench("acrtc");
  std::vector<std::string> seen;
  b.gemms.set_observer([&](const GemmInfo& info, std::int64_t node, reuse::Strength, const reuse::Gemm& gemm) {
    EXPECT_EQ(node, 4);
    EXPECT_EQ(gemm.m(), info.m);
    EXPECT_EQ(gemm.k(), info.k);
    seen.push_back(info.name());
  });
  b.gemms.begin_pass(4);
  b.forward();
  EXPECT_EQ(seen, std::vector<std::string>(2, "layer/forward"));
}

TEST(GemmRunner, RolesOfALayerShareItsMemoryOnANode) {
  using enum reuse::Role;
  Bench b = bench("roles");
  for (const std::int64_t node : {0, 1}) {
    b.gemms.begin_pass(node);
    b.forward();
    b.backward();
  }
  ASSERT_EQ(b.gemms.memories().size(), 2U);
  for (const auto& [key, memory] : b.gemms.memories())
    EXPECT_EQ(dynamic_cast<const Roles::Memory&>(*memory).seen,
              (std::vector{forward, forward, grad_weight, grad_weight, grad_input, grad_input}))
        << "two groups";
}

}  // namespace
}  // namespace acrtc::network
