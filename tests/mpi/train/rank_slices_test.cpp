#include "acrtc/train/rank_slices.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/train/shared_array.hpp"

namespace acrtc::train {
namespace {

using test::Sees;

class SliceSpreadWhere : public testing::TestWithParam<Sees> {};

/// Odd steps have other values than even ones, so that what is left from the one before does not pass. Ranks write
/// at once for the next step what others have just taken.
TEST_P(SliceSpreadWhere, RanksSeeEachOtherOrNotBringsEverySliceToAll) {
  const auto world = comm::Communicator::world();
  const RankSlices slices{world.rank(), world.size()};
  const std::vector<Range> buckets{{0, 40960}, {40960, 81920}, {81920, 83000}};
  const test::SharedArray shared(world, 83000, GetParam());
  const auto array = shared.own();
  SliceSpread spread(shared.array(), slices, world);
  for (int step = 0; step < 20; ++step) {
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

INSTANTIATE_TEST_SUITE_P(Memory, SliceSpreadWhere, testing::Values(Sees::nobody, Sees::half, Sees::all));

}  // namespace
}  // namespace acrtc::train
