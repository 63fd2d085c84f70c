#include "acrtc/reuse/image_result.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace acrtc::reuse {
namespace {

/// C[row][column] = 100 row + column, by rows or by columns.
std::vector<float> block(Range rows, Range columns, Major major) {
  std::vector<float> c(static_cast<std::size_t>(rows.size() * columns.size()));
  for (std::int64_t r = 0; r < rows.size(); ++r)
    for (std::int64_t j = 0; j < columns.size(); ++j)
      c[static_cast<std::size_t>(major == Major::rows ? r * columns.size() + j : j * rows.size() + r)] =
          static_cast<float>(100 * (rows.begin + r) + columns.begin + j);
  return c;
}

class EveryLayout : public testing::TestWithParam<Major> {
 protected:
  /// Stores C[m x n] in four blocks.
  static void store(ImageResult& result, std::int64_t m, std::int64_t n) {
    for (const Range rows : {Range{0, m / 2}, Range{m / 2, m}})
      for (const Range columns : {Range{0, 1}, Range{1, n}}) {
        const auto c = block(rows, columns, GetParam());
        if (GetParam() == Major::rows)
          result.store(0, rows, columns, Major::rows, {c.data(), rows.size(), columns.size(), columns.size()});
        else
          result.store(0, rows, columns, Major::columns, {c.data(), columns.size(), rows.size(), rows.size()});
      }
  }
};

TEST_P(EveryLayout, PixelsOfAGroupBecomeItsChannels) {
  constexpr std::int64_t samples = 2, channels = 5, pixels = 7, first = 1, columns = 3;
  std::vector<float> tensor(samples * channels * pixels, -1.0F);
  const std::vector<float> bias{0.5F, 0.25F, 0.0F};
  ImageResult result({values_of(tensor), channels, pixels, first}, {.bias = bias});
  store(result, samples * pixels, columns);
  for (std::int64_t n = 0; n < samples; ++n)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < pixels; ++p) {
        const std::int64_t j = c - first;
        const bool written = 0 <= j && j < columns;
        const float expected = written ? static_cast<float>(100 * (n * pixels + p) + j) + bias[j] : -1.0F;
        EXPECT_EQ(tensor[static_cast<std::size_t>((n * channels + c) * pixels + p)], expected);
      }
}

TEST_P(EveryLayout, OnePixelImagesAreRowsOfFeatures) {
  std::vector<std::uint16_t> halves(6 * 4);
  ImageResult result({.tensor = values_of(halves, Format::bf16), .channels = 4});
  store(result, 6, 4);
  for (std::int64_t row = 0; row < 6; ++row) {
    std::vector<float> numbers(4);
    widen(values_of(halves, Format::bf16).part(row * 4, 4), numbers.data());
    for (std::int64_t j = 0; j < 4; ++j)
      EXPECT_EQ(numbers[j], round_to(Format::bf16, static_cast<float>(100 * row + j)));
  }
}

TEST_P(EveryLayout, BiasIsAddedBeforeNegativesAreCut) {
  for (const std::int64_t pixels : {1, 3}) {
    std::vector<float> tensor(12, -1.0F);
    const std::vector<float> bias{-250.0F, -1000.0F};
    ImageResult result({values_of(tensor), 2, pixels}, {bias, Rectified::yes});
    store(result, 6, 2);
    for (std::int64_t row = 0; row < 6; ++row)
      for (std::int64_t c = 0; c < 2; ++c)
        EXPECT_EQ(tensor[static_cast<std::size_t>((row / pixels * 2 + c) * pixels + row % pixels)],
                  c == 0 && row > 2 ? static_cast<float>(100 * row - 250) : 0.0F);
  }
}

INSTANTIATE_TEST_SUITE_P(Majors, EveryLayout, testing::Values(Major::rows, Major::columns));

}  // namespace
}  // namespace acrtc::reuse
