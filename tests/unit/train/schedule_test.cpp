#include "acrtc/train/schedule.hpp"

#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"

namespace acrtc::train {
namespace {

constexpr std::int64_t steps_per_epoch = 10, total_steps = 100;

LearningRate make(std::vector<Table::Entry> entries) {
  Table table;
  for (auto& [key, value] : entries) table.set(key, value);
  return {Settings("schedule", table, LearningRate::schema()), steps_per_epoch, total_steps};
}

const Table::Entry base{"learning_rate", Value{0.4}};

Table::Entry policy(const char* name) { return {"policy", Value{std::string(name)}}; }

TEST(LearningRate, IsFixedByDefault) {
  const auto rate = make({base});
  EXPECT_EQ(rate.at(0), 0.4);
  EXPECT_EQ(rate.at(99), 0.4);
  EXPECT_EQ(rate.max(), 0.4);
}

TEST(LearningRate, FallsInStepsAtTheBeginningOfEpochs) {
  const auto rate = make({base,
                          policy("step"),
                          {"gamma", Value{0.5}},
                          {"milestones", Value{Array{Value{std::int64_t{3}}, Value{std::int64_t{6}}}}}});
  EXPECT_EQ(rate.at(29), 0.4);
  EXPECT_EQ(rate.at(30), 0.2);
  EXPECT_EQ(rate.at(59), 0.2);
  EXPECT_EQ(rate.at(60), 0.1);
}

TEST(LearningRate, InvIsCaffes) {
  const auto rate = make({base, policy("inv"), {"gamma", Value{0.1}}, {"power", Value{2.0}}});
  EXPECT_EQ(rate.at(0), 0.4);
  EXPECT_DOUBLE_EQ(rate.at(10), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(30), 0.025);
}

TEST(LearningRate, PolyEndsNearZero) {
  const auto rate = make({base, policy("poly"), {"power", Value{2.0}}});
  EXPECT_EQ(rate.at(0), 0.4);
  EXPECT_DOUBLE_EQ(rate.at(50), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(90), 0.004);
}

TEST(LearningRate, CosineIsHalfwayAtTheMiddle) {
  const auto rate = make({base, policy("cosine")});
  EXPECT_EQ(rate.at(0), 0.4);
  EXPECT_DOUBLE_EQ(rate.at(50), 0.2);
  EXPECT_LT(rate.at(99), 0.001);
}

TEST(LearningRate, WarmsUpLinearlyAndThenBeginsItsPolicy) {
  const auto rate = make({base, policy("poly"), {"warm_up_epochs", Value{2.0}}, {"warm_up_factor", Value{0.5}}});
  EXPECT_EQ(rate.at(0), 0.2);
  EXPECT_DOUBLE_EQ(rate.at(10), 0.3);
  EXPECT_EQ(rate.at(20), 0.4);
  EXPECT_DOUBLE_EQ(rate.at(60), 0.2);
  EXPECT_EQ(rate.max(), 0.4);
}

TEST(LearningRate, ThatNeverFinishesItsWarmUpIsLargestAtTheEnd) {
  const auto rate = make({base, {"warm_up_epochs", Value{20.0}}, {"warm_up_factor", Value{0.0}}});
  EXPECT_EQ(rate.max(), rate.at(99));
  EXPECT_LT(rate.max(), 0.4);
}

TEST(LearningRate, RefusesAnUnknownPolicy) { EXPECT_THROW(make({policy("exp")}), UserError); }

}  // namespace
}  // namespace acrtc::train
