#include "acrtc/base/checksum.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace acrtc {
namespace {

std::uint64_t sum_of(const std::vector<std::uint64_t>& words) {
  Checksum sum;
  for (const std::uint64_t word : words) sum.add(word);
  return sum.value();
}

TEST(Checksum, SeesEveryAlteredBitAndTheOrder) {
  const std::vector<std::uint64_t> words{1, 2, 0xfedcba9876543210};
  for (std::size_t i = 0; i < words.size(); ++i)
    for (int bit = 0; bit < 64; ++bit) {
      auto altered = words;
      altered[i] ^= std::uint64_t{1} << bit;
      EXPECT_NE(sum_of(altered), sum_of(words));
    }
  EXPECT_NE(sum_of({1, 2}), sum_of({2, 1}));
}

TEST(Checksum, OfBytesTellsLengthsApart) {
  const std::vector<std::byte> zeros(9);
  for (std::size_t size = 0; size < zeros.size(); ++size)
    EXPECT_NE(checksum(std::span(zeros).first(size)), checksum(std::span(zeros).first(size + 1)));
}

}  // namespace
}  // namespace acrtc
