#include "acrtc/dataset/normalizer.hpp"

#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

TEST(Normalizer, ScalesEachChannelByItsOwnMeanAndDeviation) {
  const std::vector<double> mean{0.5, 0.0}, deviation{0.25, 1.0};
  const std::vector<std::uint8_t> bytes{0, 255, 0, 51};
  std::vector<float> out(4);
  Normalizer(mean, deviation).planes(bytes, out);
  EXPECT_EQ(out, (std::vector<float>{-2.0F, 2.0F, 0.0F, 0.2F}));
}

TEST(Normalizer, RefusesWhatDoesNotFit) {
  const std::vector<double> one{0.5}, zero{0.0}, two{0.5, 0.5};
  EXPECT_THROW(Normalizer(one, two), InternalError);
  EXPECT_THROW(Normalizer(one, zero), InternalError);
  std::vector<float> out(3);
  EXPECT_THROW(Normalizer(two, two).planes(std::vector<std::uint8_t>(3), out), InternalError);
}

}  // namespace
}  // namespace acrtc::dataset
