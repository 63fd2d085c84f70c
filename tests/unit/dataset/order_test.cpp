#include "acrtc/dataset/order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

std::vector<std::uint32_t> samples_of(const EpochOrder& order, std::int64_t nodes) {
  std::vector<std::uint32_t> samples;
  for (std::int64_t step = 0; step < order.steps(); ++step)
    for (std::int64_t node = 0; node < nodes; ++node)
      for (const std::uint32_t sample : order.share(step, node, nodes)) samples.push_back(sample);
  return samples;
}

TEST(EpochOrder, GlobalBatchesDoNotDependOnTheNumberOfNodes) {
  const EpochOrder order(100, 12, 1, 0);
  EXPECT_EQ(order.share(0, 0, 4).size(), 3U);
  for (const std::int64_t nodes : {2, 3, 12}) EXPECT_EQ(samples_of(order, nodes), samples_of(order, 1));
}

TEST(EpochOrder, UsesEachSampleAtMostOnceAndDropsTheIncompleteBatch) {
  const EpochOrder order(100, 12, 1, 0);
  EXPECT_EQ(order.steps(), 8);
  const auto samples = samples_of(order, 1);
  const std::set<std::uint32_t> distinct(samples.begin(), samples.end());
  EXPECT_EQ(distinct.size(), 96U);
  EXPECT_LT(*distinct.rbegin(), 100U);
}

TEST(EpochOrder, IsAFunctionOfSeedAndEpoch) {
  const auto samples = [](std::uint64_t seed, std::uint32_t epoch) {
    return samples_of(EpochOrder(100, 10, seed, epoch), 1);
  };
  EXPECT_EQ(samples(1, 2), samples(1, 2));
  EXPECT_NE(samples(1, 2), samples(1, 3));
  EXPECT_NE(samples(1, 2), samples(2, 2));
}

TEST(EpochOrder, MovesRunsAsOne) {
  const auto samples = samples_of(EpochOrder(50, 10, 1, 0, 8), 1);
  std::set<std::uint32_t> distinct(samples.begin(), samples.end());
  EXPECT_EQ(distinct.size(), 50U);
  std::size_t in_sequence = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) in_sequence += samples[i] == samples[i - 1] + 1;
  EXPECT_GE(in_sequence, 43U) << "7 runs have at most 6 breaks";
  EXPECT_LT(in_sequence, 49U);
}

TEST(EpochOrder, RefusesADatasetBelowOneGlobalBatch) {
  EXPECT_EQ(EpochOrder(10, 10, 1, 0).steps(), 1);
  EXPECT_THROW(EpochOrder(9, 10, 1, 0), UserError);
}

TEST(EpochOrder, RefusesUnequalShares) {
  EXPECT_THROW(EpochOrder(100, 10, 1, 0).share(0, 0, 3), InternalError);
  EXPECT_THROW(EpochOrder(100, 10, 1, 0).share(10, 0, 1), InternalError);
}

}  // namespace
}  // namespace acrtc::dataset
