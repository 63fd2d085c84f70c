#include "acrtc/train/rank_slices.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace acrtc::train {
namespace {

/// Odd steps have other values than even ones, so that what is left from the one before does not pass.
TEST(SliceSpread, BringsEveryRanksSlicesToAll) {
  const auto world = comm::Communicator::world();
  const RankSlices slices{world.rank(), world.size()};
  const std::vector<Range> buckets{{0, 40960}, {40960, 81920}, {81920, 83000}};
  std::vector<float> array(83000);
  SliceSpread spread(array, slices, world);
  for (int step = 0; step < 3; ++step) {
    const auto value = [&](std::int64_t i) { return static_cast<float>(1 + i + 100000 * (step % 2)); };
    for (const Range bucket : buckets) {
      const Range own = slices.own(bucket);
      for (auto i = own.begin; i < own.end; ++i) array[i] = value(i);
      spread.start(bucket);
    }
    spread.finish();
    for (std::int64_t i = 0; i < std::ssize(array); ++i) ASSERT_EQ(array[i], value(i)) << step;
  }
}

}  // namespace
}  // namespace acrtc::train
