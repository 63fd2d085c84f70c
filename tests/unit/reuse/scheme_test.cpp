// Promises that every scheme keeps, whatever it does.

#include "acrtc/reuse/scheme.hpp"

#include <gtest/gtest.h>

#include "support/reuse/random_matrix.hpp"
#include "support/reuse/stored_result.hpp"

namespace acrtc::reuse {
namespace {

class AnyScheme : public ::testing::TestWithParam<std::string> {
 protected:
  struct Outcome {
    ReuseCount count;
    std::vector<float> c;
  };

  std::unique_ptr<Scheme> make(const Table& table = {}) const {
    const auto& entry = Registry<Scheme>::instance().find(GetParam());
    return entry.make(Settings("reuse", table, entry.schema));
  }

  Outcome run(const Scheme& scheme, Format format, Strength strength, int threads = 1) const {
    std::mt19937 random(17);
    dense::Engine engine(threads);
    const test::OwnedMatrix a(test::tame_matrix(150, 90, format, random).values, 150, 90, format);
    const test::OwnedMatrix b(test::tame_matrix(90, 33, format, random).values, 90, 33, format);
    test::StoredResult c(150, 33);
    const auto memory = scheme.make_memory();
    const ReuseCount count = scheme.multiply({a.operand(), b.operand(), c, format, engine}, strength, memory.get());
    return {count, c.values};
  }
};

TEST_P(AnyScheme, CountsAreInBounds) {
  for (const Format format : formats)
    for (int level = 0; level <= make()->max_level(format); ++level) {
      const ReuseCount count = run(*make(), format, {level}).count;
      EXPECT_EQ(count.mults_dense, 150U * 90 * 33);
      EXPECT_EQ(count.elements, 150U * 90);
      EXPECT_GT(count.mults, 0U);
      EXPECT_LE(count.mults, count.mults_dense);
      EXPECT_LE(count.beats, count.beats_dense);
      EXPECT_LE(count.reused_zero, std::min(count.reused, count.zeros));
    }
}

TEST_P(AnyScheme, ThreadsChangeNothing) {
  const Outcome one = run(*make(), Format::bf16, {3}, 1), three = run(*make(), Format::bf16, {3}, 3);
  EXPECT_EQ(one.count, three.count);
  EXPECT_EQ(one.c, three.c);
}

TEST_P(AnyScheme, OffIsDense) {
  const auto& dense = Registry<Scheme>::instance().find("dense");
  const auto baseline = dense.make(Settings("reuse", {}, dense.schema));
  for (const Format format : formats) {
    const Outcome off = run(*make(), format, Strength::off()), plain = run(*baseline, format, {});
    EXPECT_EQ(off.count, plain.count);
    EXPECT_EQ(off.c, plain.c);
  }
}

std::vector<std::string> schemes() { return Registry<Scheme>::instance().names(); }
INSTANTIATE_TEST_SUITE_P(Registry, AnyScheme, ::testing::ValuesIn(schemes()),
                         [](const auto& info) { return info.param; });

/// The acrtc scheme's own promises.
class Acrtc : public AnyScheme {};

TEST_P(Acrtc, LevelZeroIsDenseBitForBit) {
  for (const Format format : formats) {
    const Outcome exact = run(*make(), format, {0}), off = run(*make(), format, Strength::off());
    EXPECT_EQ(exact.c, off.c);  // equal as numbers: the sign of a zero may differ
    EXPECT_LT(exact.count.mults, off.count.mults);
  }
}

TEST_P(Acrtc, MultiplicationsNeverGrowWithStrength) {
  for (const Format format : formats)
    for (int level = 1; level <= mantissa_bits(format); ++level)
      EXPECT_LE(run(*make(), format, {level}).count.mults, run(*make(), format, {level - 1}).count.mults);
}

Value whole(std::int64_t value) { return Value{Value::Data{value}}; }

TEST_P(Acrtc, AWindowOfOneRowReusesNothing) {
  Table table;
  table.set("window", whole(1));
  table.set("supply", whole(1));
  const ReuseCount count = run(*make(table), Format::bf16, {7}).count;
  EXPECT_EQ(count.reused, 0U);
  EXPECT_EQ(count.mults, count.mults_dense);
}

TEST_P(Acrtc, ASupplyOfOneRowSavesNoBeat) {
  Table table;
  table.set("supply", whole(1));
  const ReuseCount count = run(*make(table), Format::bf16, {7}).count;
  EXPECT_EQ(count.beats, count.beats_dense);
  EXPECT_LT(count.mults, count.mults_dense);
}

TEST_P(Acrtc, RefusesWhatNoTensorCoreHas) {
  Table lanes, supply;
  lanes.set("lanes", whole(3));
  EXPECT_THROW(make(lanes), UserError);
  supply.set("supply", whole(5));
  EXPECT_THROW(make(supply), UserError);
}

INSTANTIATE_TEST_SUITE_P(Scheme, Acrtc, ::testing::Values("acrtc"));

}  // namespace
}  // namespace acrtc::reuse
