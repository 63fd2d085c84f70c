#include "acrtc/train/loss_scale.hpp"

#include <gtest/gtest.h>

namespace acrtc::train {
namespace {

TEST(LossScale, HalvesOnOverflowAndDoublesAfterAWindowOfGoodSteps) {
  LossScale scale(reuse::Format::fp16, 1024, 3);
  EXPECT_TRUE(scale.back_off());
  EXPECT_EQ(scale.scale(), 512);
  scale.count_good_step();
  scale.count_good_step();
  EXPECT_TRUE(scale.back_off());  // begins the window anew
  scale.count_good_step();
  scale.count_good_step();
  EXPECT_EQ(scale.scale(), 256);
  scale.count_good_step();
  EXPECT_EQ(scale.scale(), 512);
}

TEST(LossScale, StaysInBounds) {
  LossScale scale(reuse::Format::fp16, 2, 1);
  for (int step = 0; step < 100; ++step) scale.count_good_step();
  EXPECT_EQ(scale.scale(), 16777216);
  for (int halvings = 0; halvings < 24; ++halvings) EXPECT_TRUE(scale.back_off());
  EXPECT_FALSE(scale.back_off()) << "diverged: nothing is left to halve";
}

TEST(LossScale, IsOneWhereTheFormatsExponentIsWide) {
  for (const auto format : {reuse::Format::bf16, reuse::Format::tf32, reuse::Format::fp32}) {
    LossScale scale(format, 65536, 1);
    scale.count_good_step();
    EXPECT_EQ(scale.scale(), 1);
    EXPECT_FALSE(scale.back_off());
  }
}

}  // namespace
}  // namespace acrtc::train
