#include "acrtc/dataset/image_crop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/dataset/made_up.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;

TEST(ImageCrop, TestsOnTheMiddle) {
  const ImageCrop crop({.size = 224, .resize = 256}, 1);
  const auto [box, mirror] = crop.choose({512, 256}, {Split::test, 5, 0});
  EXPECT_EQ(box.width, 224);
  EXPECT_EQ(box.height, 224);
  EXPECT_EQ(box.left, 144);
  EXPECT_EQ(box.top, 16);
  EXPECT_EQ(mirror, Mirror::no);
}

TEST(ImageCrop, BoxesLieInImagesOfAnyShape) {
  for (const TrainCrop train : {TrainCrop::random_resized, TrainCrop::random, TrainCrop::centre})
    for (const ImageSize& size : {ImageSize{500, 375}, {1, 1}, {1, 900}, {2000, 3}, {224, 224}})
      for (std::int64_t i = 0; i < 200; ++i) {
        const Box box = ImageCrop({.train = train}, 7).choose(size, {Split::train, i, 1}).box;
        EXPECT_TRUE(box.width >= 1 && box.height >= 1 && box.left >= 0 && box.top >= 0);
        EXPECT_TRUE(box.left + box.width <= size.width && box.top + box.height <= size.height);
      }
}

TEST(ImageCrop, RandomBoxesHaveTheRecipesAreasAndAspects) {
  const ImageCrop crop({.min_area = 0.25}, 1);
  double least = 1, most = 0;
  int mirrored = 0;
  for (std::int64_t i = 0; i < 2000; ++i) {
    const auto [box, mirror] = crop.choose({400, 300}, {Split::train, i, 0});
    const double area = static_cast<double>(box.width * box.height) / 120000;
    const double aspect = static_cast<double>(box.width) / static_cast<double>(box.height);
    EXPECT_TRUE(aspect > 0.74 && aspect < 1.35) << aspect;
    least = std::min(least, area), most = std::max(most, area);
    mirrored += mirror == Mirror::left_right;
  }
  EXPECT_NEAR(least, 0.25, 0.01);
  EXPECT_GT(most, 0.95);
  EXPECT_NEAR(mirrored, 1000, 90);
}

TEST(ImageCrop, ShrinksNoFurtherThanTheSampleNeeds) {
  EXPECT_EQ(shrink_for({0, 0, 447, 900}, 224), 1);
  EXPECT_EQ(shrink_for({0, 0, 448, 900}, 224), 2);
  EXPECT_EQ(shrink_for({0, 0, 1792, 1792}, 224), 8);
  EXPECT_EQ(shrink_for({0, 0, 10, 10}, 224), 1);
}

const Normalizer plain(std::vector<double>(3, 0.0), std::vector<double>(3, 1.0));

TEST(BoxScaler, CopiesABoxOfTheSamplesSize) {
  const Image image = picture(20, 10, 2);
  std::vector<float> out(3 * 16);
  BoxScaler(4, plain).scale(image, image.size, {{5, 3, 4, 4}, Mirror::no}, out);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x)
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(out[(c * 4 + y) * 4 + x], image.row(3 + y)[4 * (5 + x) + c] / 255.0, 1e-6);
}

TEST(BoxScaler, MirrorsAndInterpolates) {
  Image image{{2, 1}, {0, 0, 0, 0, 200, 100, 50, 0}};
  std::vector<float> out(3 * 16), mirrored(3 * 16);
  BoxScaler(4, plain).scale(image, image.size, {{0, 0, 2, 1}, Mirror::no}, out);
  BoxScaler(4, plain).scale(image, image.size, {{0, 0, 2, 1}, Mirror::left_right}, mirrored);
  const double expected[] = {0, 0.25, 0.75, 1};  // centres at 0.25, 0.75, 1.25, 1.75 of pixels centred at 0.5 and 1.5
  for (int x = 0; x < 4; ++x) {
    EXPECT_NEAR(out[x], expected[x] * 200 / 255, 1e-6);
    EXPECT_EQ(out[x], mirrored[3 - x]);
  }
}

TEST(BoxScaler, OfAShrunkImageShowsTheSamePart) {
  const Image whole = picture(160, 120), half = picture(80, 60);
  std::vector<float> a(3 * 64), b(a);
  const ImageCrop::Choice choice{{40, 30, 64, 48}, Mirror::no};
  BoxScaler(8, plain).scale(whole, whole.size, choice, a);
  BoxScaler(8, plain).scale(half, whole.size, choice, b);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 0.01);
}

}  // namespace
}  // namespace acrtc::dataset
