#include "acrtc/control/loss_windows.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "curves.hpp"

namespace acrtc::control {
namespace {

using namespace testing;

/// The falls that `steps` of a loss show.
std::vector<LossFall> falls(const Curve& loss, std::int64_t steps) {
  LossWindows windows;
  std::vector<LossFall> result;
  for (const Observation& seen : run(steps, loss))
    if (const auto fall = windows.observe(seen)) result.push_back(*fall);
  return result;
}

TEST(LossWindows, AreAQuarterEpochButHaveRoomForTheirBlocks) {
  EXPECT_EQ(LossWindows::length(160), 40);
  EXPECT_EQ(LossWindows::length(1000), 250);
  EXPECT_EQ(LossWindows::length(3), 8);
}

TEST(LossWindows, CompareNeighbours) {
  EXPECT_EQ(falls(stalled(), 2 * window - 1).size(), 0U);
  EXPECT_EQ(falls(stalled(), 2 * window).size(), 1U);
  EXPECT_EQ(falls(stalled(), 5 * window).size(), 4U);
}

TEST(LossWindows, GiveZInStandardErrorsOfTheBlockMeans) {
  // Blocks of 5 steps alternate by +-1 around 10, then around 9: variance of 8 such means is 8/7 in both windows.
  const Curve loss = [](std::int64_t step) { return (step < window ? 10 : 9) + (step / 5 % 2 == 0 ? 1.0 : -1.0); };
  const auto seen = falls(loss, 2 * window);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_DOUBLE_EQ(seen[0].mean, 9);
  EXPECT_NEAR(seen[0].z, 1 / std::sqrt(2 * (8.0 / 7) / 8), 1e-12);
}

TEST(LossWindows, GiveTheSlopeAStep) {
  const Curve loss = [](std::int64_t step) { return 7 - 0.25 * static_cast<double>(step); };
  for (const LossFall& fall : falls(loss, 4 * window)) EXPECT_NEAR(fall.slope, -0.25, 1e-12);
}

TEST(LossWindows, TellFallingFromStalledAndRising) {
  for (const LossFall& fall : falls(falling(), 10 * window)) EXPECT_GT(fall.z, 3);
  for (const LossFall& fall : falls(stalled(), 50 * window)) EXPECT_LT(std::abs(fall.z), 3.5);
  const Curve rising = [](std::int64_t step) { return 0.001 * static_cast<double>(step); };
  for (const LossFall& fall : falls(rising, 10 * window)) EXPECT_LT(fall.z, -3);
}

TEST(LossWindows, KnowALossWithoutNoise) {
  EXPECT_EQ(falls(constant(1), 2 * window).at(0).z, 0);
  EXPECT_EQ(falls(change(window, constant(2), constant(1)), 2 * window).at(0).z, INFINITY);
}

TEST(LossWindows, LeaveOutLossesThatAreNotFinite) {
  const Curve overflowing = [](std::int64_t step) { return step % 10 == 3 ? NAN : 1.0 + noise(step); };
  const auto seen = falls(overflowing, 100);  // 90 finite ones
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(std::isfinite(seen[0].z));
}

TEST(LossWindows, CutWindowsThatBlocksDoNotDivide) {
  LossWindows windows;
  std::vector<LossFall> seen;
  for (Observation step : run(26, change(13, constant(2), constant(1)))) {
    step.steps_per_epoch = 55;
    if (const auto fall = windows.observe(step)) seen.push_back(*fall);
  }
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_DOUBLE_EQ(seen[0].mean, 1);
}

}  // namespace
}  // namespace acrtc::control
