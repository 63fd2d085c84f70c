#include "acrtc/base/finite.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace acrtc {
namespace {

using Limits = std::numeric_limits<float>;

TEST(Finite, IsEveryNumberButInfinityAndNan) {
  EXPECT_TRUE(all_finite({}));
  EXPECT_TRUE(all_finite(std::vector<float>{0, -1, Limits::max(), Limits::denorm_min()}));
  for (const float other : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()})
    EXPECT_FALSE(all_finite(std::vector<float>{0, 1, other}));
}

}  // namespace
}  // namespace acrtc
