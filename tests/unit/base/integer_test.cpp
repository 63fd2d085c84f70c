#include "acrtc/base/integer.hpp"

#include <gtest/gtest.h>

namespace acrtc {
namespace {

TEST(Integer, APartOfAPieceIsOneMore) {
  EXPECT_EQ(ceil_div(0, 4), 0);
  EXPECT_EQ(ceil_div(1, 4), 1);
  EXPECT_EQ(ceil_div(8, 4), 2);
  EXPECT_EQ(ceil_div(9, 4), 3);
}

TEST(Integer, RoundsUpToMultiples) {
  EXPECT_EQ(round_up(0, 32), 0);
  EXPECT_EQ(round_up(1, 32), 32);
  EXPECT_EQ(round_up(64, 32), 64);
  EXPECT_EQ(round_up(65, 1), 65);
}

}  // namespace
}  // namespace acrtc
