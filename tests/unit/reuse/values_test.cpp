#include "acrtc/reuse/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
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

TEST(Values, RareNumbersAreRoundedAlikeWhereverTheyStand) {
  struct Rare {
    std::uint32_t fp32;
    std::uint16_t bf16, fp16;
  };
  const Rare all[] = {
      {0x80000000, 0x8000, 0x8000},                                                              // -0
      {0x00000001, 0x0000, 0x0000}, {0x00018000, 0x0002, 0x0000}, {0x807fffff, 0x8080, 0x8000},  // subnormals
      {0x3f808000, 0x3f80, 0x3c04}, {0x3f818000, 0x3f82, 0x3c0c}, {0xbf807fff, 0xbf80, 0xbc04},  // about halfway
      {0x3f801000, 0x3f80, 0x3c00}, {0x3f803000, 0x3f80, 0x3c02}, {0x3fffffff, 0x4000, 0x4000},
      {0x33000000, 0x3300, 0x0000}, {0x33000001, 0x3300, 0x0001}, {0x387fffff, 0x3880, 0x0400},  // subnormals of fp16
      {0x477fe000, 0x4780, 0x7bff}, {0x477fefff, 0x4780, 0x7bff}, {0xc77ff000, 0xc780, 0xfc00},  // its largest
      {0x7f7f7fff, 0x7f7f, 0x7c00}, {0x7f7f8000, 0x7f80, 0x7c00}, {0xff7fffff, 0xff80, 0xfc00},  // the largest
      {0x7f800000, 0x7f80, 0x7c00}, {0xff800000, 0xff80, 0xfc00},                                // infinities
      {0x7f800001, 0x7fc0, 0x7e00}, {0x7f80ffff, 0x7fc0, 0x7e07}, {0xffffffff, 0xffff, 0xffff},  // NaNs
  };
  for (const auto& [bits, bf16, fp16] : all) {
    const std::vector<float> from(75, std::bit_cast<float>(bits));
    std::vector<std::uint16_t> halves(75);
    round_into(from.data(), values_of(halves, Format::bf16));
    EXPECT_THAT(halves, testing::Each(bf16)) << std::hex << bits;
    round_into(from.data(), values_of(halves, Format::fp16));
    EXPECT_THAT(halves, testing::Each(fp16)) << std::hex << bits;
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
