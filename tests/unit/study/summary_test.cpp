#include "acrtc/study/summary.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "unit/record/sample_run.hpp"

namespace acrtc::study {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SummaryTest : public record::ScratchTest {
 protected:
  /// Four steps, with an exact step that its interval already contains.
  Summary sample() {
    record::RunLog log(path(), record::sample_description());
    record::write_sample(log, 4, 0.8);
    train::LayerRecord exact = record::sample_layers(2, 3);
    exact.exact = true;
    log.on_layers(exact);
    log.on_epoch(record::sample_epoch(1, 0.7));
    log.on_epoch(record::sample_epoch(2, Summary::unknown));
    return summarize(record::RunReader(path()));
  }
};

TEST_F(SummaryTest, TotalsOfTheJob) {
  const Summary s = sample();
  EXPECT_EQ(s.steps, 4);
  EXPECT_EQ(s.epochs, 3);
  EXPECT_EQ(s.test_accuracy, 0.7);
  EXPECT_EQ(s.best_test_accuracy, 0.8);
  EXPECT_DOUBLE_EQ(s.mults_avoided(), 0.4);
  EXPECT_DOUBLE_EQ(s.beats_avoided(), 0.2);
  EXPECT_DOUBLE_EQ(s.zero_share(), 0.75);
  EXPECT_DOUBLE_EQ(s.time.speed_up(), 9.0 / 7);
  EXPECT_DOUBLE_EQ(s.time.saved(), 2.0 / 9);
  EXPECT_EQ(s.count.mults_dense, 4u * 300);
  EXPECT_EQ(s.decisions, 1);
}

TEST_F(SummaryTest, EnergyGrowsFromTheCoresOutwards) {
  const Summary s = sample();
  EXPECT_DOUBLE_EQ(s.core.saved(), 0.5);
  EXPECT_DOUBLE_EQ(s.with_sram.saved(), 0.25);
  EXPECT_DOUBLE_EQ(s.with_dram.saved(), 0.2);
  EXPECT_DOUBLE_EQ(s.with_interconnect.saved(), 6.0 / 32);
}

TEST_F(SummaryTest, BoundsOfStalls) {
  const Summary s = sample();
  EXPECT_DOUBLE_EQ(s.fixed_stalls.time.speed_up(), 9.0 / 7);
  EXPECT_DOUBLE_EQ(s.scaled_stalls.time.speed_up(), 9.0 / 6);
  EXPECT_DOUBLE_EQ(s.scaled_stalls.energy.saved(), 8.0 / 32);
  EXPECT_DOUBLE_EQ(s.layers[0].bounds.fixed.value, 12);
  EXPECT_DOUBLE_EQ(s.layers[0].bounds.scaled.value, 8);
  std::ostringstream out;
  print(out, s);
  EXPECT_THAT(out.str(),
              AllOf(HasSubstr("  if stalls stay        speed-up 1.286x"),
                    HasSubstr("  if stalls shrink      speed-up 1.500x, 33.3 % of time, 25.0 % of energy saved")));
}

TEST_F(SummaryTest, LayersAndRolesLeaveExactStepsOut) {
  const Summary s = sample();
  ASSERT_EQ(s.gemms.size(), 2u);
  EXPECT_EQ(s.gemms[0].name, "conv1/forward");
  EXPECT_EQ(s.gemms[0].count.mults, 60u + 120);
  ASSERT_EQ(s.layers.size(), 1u);
  EXPECT_EQ(s.layers[0].count.mults, 2u * (60 + 120));
  EXPECT_DOUBLE_EQ(s.layers[0].time.dense, 16);
  ASSERT_EQ(s.roles.size(), 2u);
  EXPECT_EQ(s.roles[1].name, "grad_weight");
}

TEST_F(SummaryTest, NodesSpread) {
  const Summary s = sample();
  EXPECT_DOUBLE_EQ(s.spread.wait_share.least, 0);
  EXPECT_DOUBLE_EQ(s.spread.wait_share.most, 0.5);
  EXPECT_DOUBLE_EQ(s.spread.speed_up.mean, 4.0 / 3);
}

TEST_F(SummaryTest, RunWithoutStepsIsSummarizedToo) {
  record::RunLog log(path(), record::sample_description());
  const Summary s = summarize(record::RunReader(path()));
  EXPECT_TRUE(std::isnan(s.time.speed_up()));
  std::ostringstream out;
  print(out, s);
  EXPECT_THAT(out.str(), HasSubstr("0 steps"));
}

TEST_F(SummaryTest, TextShowsBothReadings) {
  std::ostringstream out;
  print(out, sample());
  EXPECT_THAT(out.str(), AllOf(HasSubstr("speed-up 1.286x, 22.2 % saved"), HasSubstr("70.00 % (best 80.00 %)"),
                               HasSubstr("conv1"), HasSubstr("grad_weight")));
}

TEST_F(SummaryTest, PartsOfALayerHaveNamesOfTheirOwn) {
  record::RunDescription description = record::sample_description();
  description.gemms[0].part = "input";
  description.gemms[1] = description.gemms[0];
  description.gemms[1].part = "recurrent";
  record::RunLog log(path(), description);
  record::write_sample(log, 1);
  const Summary s = summarize(record::RunReader(path()));
  EXPECT_EQ(s.gemms[0].name, "conv1.input/forward");
  EXPECT_EQ(s.gemms[1].name, "conv1.recurrent/forward");
  EXPECT_EQ(s.layers.size(), 1U);
}

TEST_F(SummaryTest, TextFitsATerminalAndLosesNothingOfLongNames) {
  Summary s = sample();
  s.layers[0].name = "inception_5b.branch_3x3x";  // 24 characters
  s.roles = {s.roles[0]};
  s.roles[0].name = std::string(300, 'x');
  std::ostringstream out;
  print(out, s);
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("xxx")) {
      EXPECT_EQ(std::ranges::count(line, '%'), 4) << line;
    } else if (!line.starts_with("role")) {
      EXPECT_LE(line.size(), 80U) << line;
    }
  }
}

TEST_F(SummaryTest, TextWarnsOfBitsThatDependOnRanks) {
  Summary s = sample();
  std::ostringstream by_tree, by_all_reduce;
  print(by_tree, s);
  s.bit_reproducible = false;
  print(by_all_reduce, s);
  EXPECT_THAT(by_tree.str(), Not(HasSubstr("reproducible")));
  EXPECT_THAT(by_all_reduce.str(), HasSubstr("not bit-reproducible"));
}

TEST_F(SummaryTest, TextHasNoMinusBeforeZero) {
  Summary s = sample();
  s.time = {1, std::nextafter(1.0, 2.0)};
  std::ostringstream out;
  print(out, s);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("speed-up 1.000x, 0.0 % saved"), Not(HasSubstr("-0.0"))));
}

}  // namespace
}  // namespace acrtc::study
