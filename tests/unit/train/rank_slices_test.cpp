#include "acrtc/train/rank_slices.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace acrtc::train {
namespace {

constexpr std::int64_t chunk = 4096;

class RankSlicesOf : public testing::TestWithParam<Range> {};

TEST_P(RankSlicesOf, ABucketAreTheBucket) {
  const Range bucket = GetParam();
  for (const int ranks : {1, 2, 3, 7, 16}) {
    std::int64_t end = bucket.begin;
    for (int rank = 0; rank < ranks; ++rank) {
      const Range slice = RankSlices{rank, ranks}.own(bucket);
      EXPECT_EQ(slice, (RankSlices{0, ranks}.of(rank, bucket)));
      EXPECT_EQ(slice.begin, end);
      EXPECT_TRUE(slice.end == bucket.end || (slice.end - bucket.begin) % chunk == 0) << slice.end;
      end = slice.end;
    }
    EXPECT_EQ(end, bucket.end);
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, RankSlicesOf,
                         testing::Values(Range{0, 0}, Range{0, 1}, Range{chunk, 3 * chunk},
                                         Range{8 * chunk, 24 * chunk}, Range{2 * chunk, 12 * chunk + 5}),
                         [](const auto& info) {
                           return std::to_string(info.param.begin) + "to" + std::to_string(info.param.end);
                         });

TEST(RankSlices, AreEquallyLongButForAChunk) {
  for (int rank = 0; rank < 3; ++rank) {
    const auto size = RankSlices{rank, 3}.own({0, 100 * chunk}).size();
    EXPECT_TRUE(size == 33 * chunk || size == 34 * chunk) << size;
  }
}

TEST(SliceSpread, OfOneRankLeavesTheArrayAsItIs) {
  std::vector<float> array(10, 2.0F);
  SliceSpread spread{std::span(array), {}, comm::Communicator::world()};
  spread.start({0, 10});
  spread.finish();
  EXPECT_EQ(array, std::vector<float>(10, 2.0F));
}

}  // namespace
}  // namespace acrtc::train
