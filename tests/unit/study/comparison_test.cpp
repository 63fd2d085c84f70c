#include "acrtc/study/comparison.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "unit/record/sample_run.hpp"

namespace acrtc::study {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ComparedRun run(const std::string& scheme, std::int64_t seed, double accuracy) {
  ComparedRun result{scheme + std::to_string(seed), seed, "", {}};
  result.configuration = "seed = " + std::to_string(seed) + "\n[reuse]\nscheme = \"" + scheme + "\"\n";
  result.summary.test_accuracy = accuracy;
  result.summary.count.mults_dense = 100;
  result.summary.count.mults = scheme == "dense" ? 100 : 60;
  result.summary.time = {4, 3};
  return result;
}

TEST(Comparison, PairsSeedsWithTheDenseRuns) {
  const Comparison c = compare({run("acrtc", 1, 0.90), run("acrtc", 2, 0.91), run("acrtc", 9, 0.10),
                                run("dense", 2, 0.92), run("dense", 1, 0.93)});
  ASSERT_EQ(c.groups.size(), 2u);
  EXPECT_EQ(c.baseline, 1u);
  EXPECT_THAT(c.groups[0].runs, ElementsAre(0, 1, 2));
  const MeanInterval& difference = c.groups[0].accuracy_difference;
  EXPECT_EQ(difference.values, 2);
  EXPECT_NEAR(difference.mean, -0.02, 1e-12);
  // Two differences of -0.03 and -0.01: standard error 0.01, t(0.975, 1) = 12.706.
  EXPECT_NEAR(difference.half_width, 0.12706, 1e-5);
  EXPECT_DOUBLE_EQ(c.groups[0].mults_avoided, 0.4);
  EXPECT_DOUBLE_EQ(c.groups[0].speed_up, 4.0 / 3);
  std::ostringstream out;
  print(out, c);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("90.00 %"), HasSubstr("-2.00 +- 12.71 (2 seeds)")));
}

TEST(Comparison, FirstGroupIsTheBaselineWithoutADenseOne) {
  const Comparison c = compare({run("acrtc", 1, 0.9), run("other", 1, 0.8)});
  EXPECT_EQ(c.baseline, 0u);
  EXPECT_NEAR(c.groups[1].accuracy_difference.mean, -0.1, 1e-12);
  EXPECT_TRUE(std::isnan(c.groups[1].accuracy_difference.half_width));
  std::ostringstream out;
  print(out, c);
  EXPECT_THAT(out.str(), HasSubstr("-10.00 (1 seed) "));
}

TEST(Comparison, SaysWhereNoSeedIsCommon) {
  std::ostringstream out;
  print(out, compare({run("acrtc", 1, 0.9), run("dense", 2, 0.8)}));
  EXPECT_THAT(out.str(), HasSubstr("no common seed "));
}

TEST(Comparison, FurtherKeysCanBeIgnored) {
  const std::vector<ComparedRun> runs = {run("acrtc", 1, 0.9), run("other", 1, 0.8)};
  EXPECT_EQ(compare(runs, {"seed", "scheme"}).groups.size(), 1u);
  EXPECT_THROW(compare({}), UserError);
}

class ComparedRunTest : public record::ScratchTest {};

TEST_F(ComparedRunTest, ComesFromALog) {
  record::RunLog log(path(), record::sample_description());
  record::write_sample(log, 2, 0.8);
  const ComparedRun run = compared_run(record::RunReader(path()));
  EXPECT_EQ(run.seed, 7);
  EXPECT_EQ(run.summary.test_accuracy, 0.8);
}

}  // namespace
}  // namespace acrtc::study
