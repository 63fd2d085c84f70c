#include "acrtc/dataset/crop_flip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace acrtc::dataset {
namespace {

using ::testing::ElementsAre;

std::vector<float> placed(const Placement& placement) {
  const std::vector<float> image{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};
  std::vector<float> out(12, -1);
  place(image, {2, 2, 3}, placement, out);
  return out;
}

TEST(Place, MovesFillsAndMirrors) {
  EXPECT_THAT(placed({}), ElementsAre(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60));
  EXPECT_THAT(placed({1, 1}), ElementsAre(0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 10, 20));
  EXPECT_THAT(placed({-1, -2}), ElementsAre(6, 0, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0));
  EXPECT_THAT(placed({0, 1, Mirror::left_right}), ElementsAre(2, 1, 0, 5, 4, 0, 20, 10, 0, 50, 40, 0));
  EXPECT_THAT(placed({5, 5}), ::testing::Each(0)) << "moved out of sight";
}

TEST(CropFlip, DrawsEveryPlacementForTrainingAlone) {
  const CropFlip variation({.pad = 2, .flip = Mirror::left_right}, 1);
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  int mirrored = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    const Placement p = variation.draw({Split::train, i, 3});
    EXPECT_TRUE(std::abs(p.down) <= 2 && std::abs(p.right) <= 2);
    places.emplace(p.down, p.right);
    mirrored += p.mirror == Mirror::left_right;
    const Placement test = variation.draw({Split::test, i, 3});
    EXPECT_TRUE(test.down == 0 && test.right == 0 && test.mirror == Mirror::no);
  }
  EXPECT_EQ(places.size(), 25U);
  EXPECT_NEAR(mirrored, 500, 60);
}

TEST(CropFlip, DependsOnSeedEpochAndSampleAlone) {
  const auto draws = [](std::uint64_t seed, std::uint32_t epoch) {
    std::vector<std::int64_t> result;
    for (std::int64_t i = 0; i < 50; ++i)
      result.push_back(CropFlip({.pad = 4}, seed).draw({Split::train, i, epoch}).down);
    return result;
  };
  EXPECT_EQ(draws(1, 0), draws(1, 0));
  EXPECT_NE(draws(1, 0), draws(2, 0));
  EXPECT_NE(draws(1, 0), draws(1, 1));
}

}  // namespace
}  // namespace acrtc::dataset
