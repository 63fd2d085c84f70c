#include "acrtc/base/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace acrtc {
namespace {

using testing::ElementsAre;

// Known answers of Philox4x32-10, from the kat_vectors file of the authors' Random123 library.
TEST(Random, IsPhilox) {
  EXPECT_THAT(Random(0, RandomStream{0}).words(0, 0, 0), ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(Random(~0ULL, RandomStream{0xffffffff}).words(0xffffffff, 0xffffffff, 0xffffffff),
              ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(Random(0x299f31d0a4093822, RandomStream{0x03707344}).words(0x13198a2e, 0x85a308d3, 0x243f6a88),
              ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(Random, KeepsStreamsAndSeedsApart) {
  const auto words = Random(1, RandomStream::shuffle).words(0, 0, 0);
  EXPECT_NE(words, Random(1, RandomStream::dropout).words(0, 0, 0));
  EXPECT_NE(words, Random(2, RandomStream::shuffle).words(0, 0, 0));
  EXPECT_NE(words, Random(1ULL << 32 | 1, RandomStream::shuffle).words(0, 0, 0));
}

struct Moments {
  double mean = 0, variance = 0;
};

template <class Draw>
Moments moments(Draw draw) {
  constexpr std::uint32_t draws = 100000;
  double sum = 0, squares = 0;
  for (std::uint32_t i = 0; i < draws; ++i) {
    const double x = draw(i);
    sum += x;
    squares += x * x;
  }
  return {sum / draws, squares / draws - sum / draws * sum / draws};
}

TEST(Random, UniformFillsTheUnitInterval) {
  const Random random(7, RandomStream::dropout);
  float low = 1, high = 0;
  const auto [mean, variance] = moments([&](std::uint32_t i) {
    const float x = random.uniform(0, 0, i);
    low = std::min(low, x);
    high = std::max(high, x);
    return x;
  });
  EXPECT_NEAR(mean, 0.5, 0.005);
  EXPECT_NEAR(variance, 1.0 / 12, 0.002);
  EXPECT_GE(low, 0);
  EXPECT_LT(low, 0.001F);
  EXPECT_LT(high, 1);
  EXPECT_GT(high, 0.999F);
}

TEST(Random, NormalHasUnitVarianceAndTails) {
  const Random random(7, RandomStream::initial_weights);
  int beyond_two = 0;
  const auto [mean, variance] = moments([&](std::uint32_t i) {
    const float x = random.normal(0, 0, i);
    EXPECT_TRUE(std::isfinite(x));
    beyond_two += std::abs(x) > 2;
    return x;
  });
  EXPECT_NEAR(mean, 0, 0.015);
  EXPECT_NEAR(variance, 1, 0.02);
  EXPECT_NEAR(beyond_two / 1e5, 0.0455, 0.003);
}

TEST(Random, BelowHitsEachNumberEquallyOften) {
  const Random random(7, RandomStream::augmentation);
  std::vector<int> hits(6);
  for (std::uint32_t i = 0; i < 60000; ++i) ++hits.at(random.below(6, 1, 2, i));
  for (const int count : hits) EXPECT_NEAR(count, 10000, 500);
  EXPECT_EQ(random.below(1, 0, 0, 0), 0U);
  EXPECT_GT(random.below(~0ULL, 0, 0, 0), 1ULL << 32);
}

std::vector<std::uint32_t> permutation(std::size_t size, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::uint32_t> order(size);
  permute(order, Random(seed, RandomStream::shuffle), epoch);
  return order;
}

TEST(Permute, HoldsEachIndexOnce) {
  for (const std::size_t size : {0, 1, 2, 1000}) {
    auto order = permutation(size, 3, 0);
    std::ranges::sort(order);
    for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(order[i], i);
  }
}

TEST(Permute, IsAFunctionOfSeedAndEpochAlone) {
  const auto order = permutation(1000, 3, 5);
  EXPECT_EQ(order, permutation(1000, 3, 5));
  EXPECT_NE(order, permutation(1000, 3, 6));
  EXPECT_NE(order, permutation(1000, 4, 5));
}

TEST(Permute, SendsEachIndexToEachPlaceEquallyOften) {
  std::vector<std::vector<int>> hits(4, std::vector<int>(4));
  for (std::uint32_t epoch = 0; epoch < 24000; ++epoch) {
    const auto order = permutation(4, 9, epoch);
    for (std::size_t place = 0; place < 4; ++place) ++hits[place][order[place]];
  }
  for (const auto& row : hits)
    for (const int count : row) EXPECT_NEAR(count, 6000, 350);
}

}  // namespace
}  // namespace acrtc
