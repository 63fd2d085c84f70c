#include "acrtc/train/evaluate.hpp"

#include <gtest/gtest.h>

#include "support/train/small_run.hpp"

namespace acrtc::train {
namespace {

TEST(Evaluate, CountsEverySampleOnceWhateverTheBatch) {
  test::SmallRun run;
  const auto by_40 = evaluate(run.network, *run.dataset, {.batch = 40}, run.ranks).loss;
  const auto by_7 = evaluate(run.network, *run.dataset, {.batch = 7}, run.ranks).loss;
  EXPECT_EQ(by_40.samples, 333);
  EXPECT_EQ(by_7.samples, 333);
  EXPECT_EQ(by_40.correct, by_7.correct);
  EXPECT_NEAR(by_40.loss, by_7.loss, 1e-6 * by_40.loss);
}

TEST(Evaluate, GivesTheSameBitsHoweverItReads) {
  test::SmallRun run;
  const auto at_need = evaluate(run.network, *run.dataset, {.batch = 40, .loading = {.threads = 0}}, run.ranks);
  const auto ahead = evaluate(run.network, *run.dataset, {.batch = 40, .loading = {3, 4}}, run.ranks);
  EXPECT_EQ(at_need.loss.loss, ahead.loss.loss);
  EXPECT_EQ(at_need.replaced_samples, 0U);
}

}  // namespace
}  // namespace acrtc::train
