#include "acrtc/comm/host_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace acrtc::comm {
namespace {

TEST(HostMemory, OfOneRankIsItsOwnAndZero) {
  const HostMemory memory(Communicator::world(), 1000);
  const HostArray array = memory.array(10, 20), next = memory.array(30, 970);
  EXPECT_EQ(array.own().size(), 20U);
  EXPECT_THAT(array.own(), testing::Each(0.0F));
  std::ranges::fill(array.own(), 1.0F);
  EXPECT_THAT(next.own(), testing::Each(0.0F));
}

TEST(HostMemory, MayBeEmpty) { EXPECT_TRUE(HostMemory(Communicator::world(), 0).array(0, 0).own().empty()); }

TEST(HostArray, OfAnyMemoryIsSeenByNobodyElse) {
  std::vector<float> values(3);
  const HostArray array{std::span(values)};
  EXPECT_EQ(array.own().data(), values.data());
  EXPECT_FALSE(array.sees(0));
  EXPECT_FALSE(array.sees(7));
}

}  // namespace
}  // namespace acrtc::comm
