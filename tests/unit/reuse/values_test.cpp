#include "acrtc/reuse/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

namespace acrtc::reuse {
namespace {

std::vector<float> normal(std::size_t size) {
  std::mt19937 random(5);
  std::normal_distribution<float> draw;
  std::vector<float> values(size);
  for (float& value : values) value = draw(random);
  return values;
}

std::vector<float> widened(ConstValues values) {
  std::vector<float> all(static_cast<std::size_t>(values.size));
  widen(values, all.data());
  return all;
}

TEST(Values, AreRoundedOnTheirWayInWhateverTheLength) {
  for (const std::size_t size : {1U, 15U, 16U, 37U, 200U}) {
    const auto from = normal(size);
    std::vector<std::uint16_t> halves(size);
    std::vector<float> floats(size);
    for (const Format format : formats)
      for (const Values& to :
           {values_of(floats, format), values_of(halves, storage_bits(format) == 16 ? format : Format::bf16)}) {
        round_into(from.data(), to);
        const auto stored = widened(to);
        for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(stored[i], round_to(to.format, from[i]));
      }
  }
}

TEST(Values, NothingIsWrittenBeyondAPart) {
  std::vector<std::uint16_t> halves(64, 0x1234);
  const auto from = normal(64);
  round_into(from.data(), values_of(halves, Format::bf16).part(3, 21));
  EXPECT_EQ(std::ranges::count(halves, 0x1234), 64 - 21);
  EXPECT_EQ(halves[2], 0x1234);
  EXPECT_EQ(halves[24], 0x1234);
}

TEST(Values, PartsCopiesAndElementsKeepToTheirType) {
  std::vector<std::uint16_t> halves(6), others(6);
  std::iota(halves.begin(), halves.end(), 1);
  const Values from = values_of(halves, Format::bf16), to = values_of(others, Format::bf16);
  copy(from.part(2, 3), to.part(1, 3));
  EXPECT_THAT(others, testing::ElementsAre(0, 3, 4, 5, 0, 0));
  clear(to.part(2, 1));
  with_elements(from, to, [](const auto* x, auto* y) { y[5] = x[0]; });
  EXPECT_THAT(others, testing::ElementsAre(0, 3, 0, 5, 0, 1));
}

}  // namespace
}  // namespace acrtc::reuse
