#include "acrtc/reuse/im2col.hpp"

#include <gtest/gtest.h>

#include "support/reuse/random_matrix.hpp"

namespace acrtc::reuse {
namespace {

ConvGeometry random_geometry(std::mt19937& random) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  ConvGeometry g;
  g.samples = 1 + below(3);
  g.channels = 1 + below(10);
  g.first_channel = below(3);
  g.kernel_h = 1 + below(5), g.kernel_w = 1 + below(5);
  g.pad_h = below(g.kernel_h), g.pad_w = below(g.kernel_w);
  g.stride_h = 1 + below(5), g.stride_w = 1 + below(5);
  const std::int64_t longest = below(4) == 0 ? 150 : 9;
  g.input = {g.first_channel + g.channels + below(2), g.kernel_h + below(9), g.kernel_w + below(longest)};
  g.order = below(2) == 0 ? ColumnOrder::ckhkw : ColumnOrder::khkwc;
  return g;
}

/// Element [row, k] of im2col by the definition; `index` is where it lies in x, or -1 for padding.
std::int64_t source(const ConvGeometry& g, std::int64_t row, std::int64_t k) {
  const std::int64_t ow = row % g.output_w(), oh = row / g.output_w() % g.output_h();
  const std::int64_t n = row / (g.output_w() * g.output_h());
  const ColumnTap tap = column_tap(g, k);
  const std::int64_t y = oh * g.stride_h + tap.kernel_y - g.pad_h, x = ow * g.stride_w + tap.kernel_x - g.pad_w;
  if (y < 0 || y >= g.input.height || x < 0 || x >= g.input.width) return -1;
  return ((n * g.input.channels + g.first_channel + tap.channel) * g.input.height + y) * g.input.width + x;
}

TEST(Im2col, LoadsAnyBlock) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const ConvGeometry g = random_geometry(random);
    const test::SlowMatrix x = test::tame_matrix(g.samples, g.input.elements(), Format::bf16, random);
    std::vector<std::uint16_t> halves(x.values.size());
    to_halves(Format::bf16, x.values, halves);
    const Im2col operand(g, x.values.data(), halves.data());
    const auto part = [&](std::int64_t size) {
      const auto at = [&] { return static_cast<std::int64_t>(random()) % size; };
      const std::int64_t begin = at(), end = random() % 2 == 0 ? size : at() + 1;
      return begin < end ? Range{begin, end} : Range{end - 1, begin + 1};
    };
    const Range rows = part(operand.rows()), cols = part(operand.cols());
    std::vector<float> block(static_cast<std::size_t>(rows.size() * cols.size()));
    std::vector<std::uint16_t> small(block.size());
    operand.load(rows, cols, MatrixView<float>{block.data(), cols.size(), rows.size(), rows.size()});
    operand.load(rows, cols, MatrixView<std::uint16_t>{small.data(), cols.size(), rows.size(), rows.size()});
    for (std::int64_t r = 0; r < rows.size(); ++r)
      for (std::int64_t k = 0; k < cols.size(); ++k) {
        const std::int64_t from = source(g, rows.begin + r, cols.begin + k);
        const auto at = static_cast<std::size_t>(k * rows.size() + r);
        ASSERT_EQ(block[at], from < 0 ? 0.0F : x.values[static_cast<std::size_t>(from)]);
        ASSERT_EQ(small[at], from < 0 ? 0 : halves[static_cast<std::size_t>(from)]);
      }
  }
}

TEST(Im2col, ColumnOrdersNameTheSameTaps) {
  ConvGeometry g{.samples = 1, .input = {2, 5, 5}, .channels = 2, .kernel_h = 3, .kernel_w = 2};
  const ColumnTap caffe = column_tap(g, 1);
  EXPECT_EQ(caffe.kernel_x, 1);
  g.order = ColumnOrder::khkwc;
  const ColumnTap channels_last = column_tap(g, 1);
  EXPECT_EQ(channels_last.channel, 1);
  EXPECT_EQ(channels_last.kernel_x, 0);
}

/// Runs col2im in slabs and blocks of given sizes over integer-valued c, whose sums are exact in any order.
std::vector<float> fold(const ConvGeometry& g, const test::SlowMatrix& c, std::int64_t slab_rows, std::int64_t block) {
  std::vector<float> dx(static_cast<std::size_t>(g.samples * g.input.elements()));
  Col2im result(g, values_of(dx));
  const std::int64_t m = g.pixels();
  result.begin((m + slab_rows - 1) / slab_rows, slab_rows);
  for (std::int64_t slab = 0; slab * slab_rows < m; ++slab)
    for (std::int64_t row = slab * slab_rows; row < std::min(m, (slab + 1) * slab_rows); row += block) {
      const Range rows{row, std::min({m, (slab + 1) * slab_rows, row + block})};
      const bool by_rows = slab % 2 == 1;  // both layouts must do
      std::vector<float> part(static_cast<std::size_t>(g.columns() * rows.size()));
      for (std::int64_t k = 0; k < g.columns(); ++k)
        for (std::int64_t r = 0; r < rows.size(); ++r)
          part[static_cast<std::size_t>(by_rows ? r * g.columns() + k : k * rows.size() + r)] = c.at(row + r, k);
      if (by_rows)
        result.store(slab, rows, {0, g.columns()}, Major::rows, {part.data(), rows.size(), g.columns(), g.columns()});
      else
        result.store(slab, rows, {0, g.columns()}, Major::columns,
                     {part.data(), g.columns(), rows.size(), rows.size()});
    }
  result.end();
  return dx;
}

TEST(Col2im, AddsEveryTapOnceWhateverTheSlabs) {
  std::mt19937 random(6);
  for (int round = 0; round < 100; ++round) {
    const ConvGeometry g = random_geometry(random);
    test::SlowMatrix c(g.pixels(), g.columns());
    for (float& value : c.values) value = static_cast<float>(random() % 16);
    std::vector<float> expected(static_cast<std::size_t>(g.samples * g.input.elements()));
    for (std::int64_t r = 0; r < c.rows; ++r)
      for (std::int64_t k = 0; k < c.cols; ++k)
        if (const std::int64_t to = source(g, r, k); to >= 0) expected[static_cast<std::size_t>(to)] += c.at(r, k);
    EXPECT_EQ(fold(g, c, g.pixels(), g.pixels()), expected);
    EXPECT_EQ(fold(g, c, 1 + static_cast<std::int64_t>(random() % 7), 3), expected);
  }
}

TEST(Col2im, AddsInTheOrderOfTaps) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> values(-1, 1);
  for (int round = 0; round < 100; ++round) {
    ConvGeometry g = random_geometry(random);
    if (round % 4 > 0) g.stride_h = g.stride_w = 1;  // the way most take
    test::SlowMatrix c(g.pixels(), g.columns());
    for (float& value : c.values) value = values(random);
    std::vector<float> expected(static_cast<std::size_t>(g.samples * g.input.elements()));
    for (std::int64_t k = 0; k < c.cols; ++k)
      for (std::int64_t r = 0; r < c.rows; ++r)
        if (const std::int64_t to = source(g, r, k); to >= 0) expected[static_cast<std::size_t>(to)] += c.at(r, k);
    EXPECT_EQ(fold(g, c, g.pixels(), g.pixels()), expected);
  }
}

}  // namespace
}  // namespace acrtc::reuse
