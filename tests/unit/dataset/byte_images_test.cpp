#include "acrtc/dataset/byte_images.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

const Normalizer plain(std::vector<double>{0.0}, std::vector<double>{1.0});

TEST(ByteImages, ReadsTheSampleOfItsSplit) {
  const ByteImages images({{1, 1, 2}, 3, {{0, 255, 51, 0}, {2, 1}}, {{255, 255}, {0}}}, plain);
  EXPECT_EQ(images.size(Split::train), 2);
  EXPECT_EQ(images.size(Split::test), 1);
  EXPECT_EQ(images.input_bytes(), 2);
  std::vector<float> out(2);
  EXPECT_EQ(images.read({Split::train, 1, 0}, out), 1);
  EXPECT_THAT(out, ::testing::ElementsAre(0.2F, 0.0F));
  EXPECT_EQ(images.read({Split::test, 0, 0}, out), 0);
  EXPECT_THROW(images.read({Split::test, 1, 0}, out), InternalError);
}

TEST(ByteImages, RefusesImagesWithoutLabels) {
  EXPECT_THROW(ByteImages({{1, 1, 2}, 3, {{0, 255, 51, 0}, {2}}, {{255, 255}, {0}}}, plain), InternalError);
}

}  // namespace
}  // namespace acrtc::dataset
