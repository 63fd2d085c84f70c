#include "acrtc/reuse/window.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "acrtc/reuse/tensor_core.hpp"
#include "acrtc/reuse/values.hpp"
#include "support/reuse/random_matrix.hpp"

namespace acrtc::reuse {
namespace {

using test::SlowMatrix;

/// Bits, so that -0 and NaN are told apart.
std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> result;
  for (const float value : values) result.push_back(std::bit_cast<std::uint32_t>(value));
  return result;
}

MatrixView<float> view(SlowMatrix& m) { return {m.values.data(), m.rows, m.cols, m.cols}; }

struct Halves {
  std::vector<std::uint16_t> values;
  std::int64_t rows, cols;
  Format format;

  Halves(const SlowMatrix& m, Format f) : values(m.values.size()), rows(m.rows), cols(m.cols), format(f) {
    to_halves(f, m.values, values);
  }
  MatrixView<std::uint16_t> view() { return {values.data(), rows, cols, cols}; }
  std::vector<std::uint32_t> bits() {
    std::vector<float> wide(values.size());
    widen(values_of(values, format), wide.data());
    return reuse::bits(wide);
  }
};

SlowMatrix flip(const SlowMatrix& m) {
  SlowMatrix out(m.cols, m.rows);
  for (std::int64_t r = 0; r < m.rows; ++r)
    for (std::int64_t c = 0; c < m.cols; ++c) out.at(c, r) = m.at(r, c);
  return out;
}

void expect_same(const WindowCount& found, const test::SlowReuse& slow, const WindowRule& rule) {
  EXPECT_EQ(count_of(found, slow.a_reused.rows, 3, slow.a_reused.cols, rule.lanes), slow.count);
}

WindowRule random_rule(Format format, std::mt19937& random) {
  const std::int64_t windows[] = {1, 2, 3, 4, 4, 4, 5, 8, 16, 33, 64}, lanes[] = {1, 2, 4, 4, 8, 16};
  WindowRule rule;
  rule.format = format;
  rule.window = windows[random() % std::size(windows)];
  rule.lanes = lanes[random() % std::size(lanes)];
  rule.supply = 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(rule.window));
  rule.granularity = random() % 3 == 0 ? Granularity::dot : Granularity::product;
  rule.dropped_bits = static_cast<int>(random() % static_cast<unsigned>(mantissa_bits(format) + 1));
  return rule;
}

class Window : public ::testing::TestWithParam<Format> {};

/// Rows of the block, in another order and with gaps, and where to find them.
template <class T>
struct Scattered {
  std::vector<T> values;
  std::vector<std::int64_t> rows;

  explicit Scattered(MatrixView<T> block) : values(static_cast<std::size_t>(block.rows * (block.cols + 64))) {
    for (std::int64_t r = 0; r < block.rows; ++r) {
      rows.push_back((block.rows - 1 - r) * (block.cols + 64) + 3);
      std::copy_n(block.row(r), block.cols, values.data() + rows.back());
    }
  }
};

TEST_P(Window, RowsThatLieElsewhereAreReplacedOnTheirWay) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    const WindowRule rule = random_rule(GetParam(), random);
    SlowMatrix a = test::random_matrix(1 + random() % 70, 1 + random() % 150, rule.format, random);
    const auto slow = test::slow_reuse(rule, a, 3);
    SCOPED_TRACE(testing::Message() << "round " << round << " window " << rule.window << " lanes " << rule.lanes);
    if (storage_bits(rule.format) == 16) {
      Halves halves(a, rule.format);
      const Scattered from(halves.view());
      halves.values.assign(halves.values.size(), 0xffff);
      expect_same(reuse_rows(rule, from.values.data(), from.rows, halves.view()), slow, rule);
      ASSERT_EQ(halves.bits(), bits(slow.a_reused.values));
    }
    const Scattered from(view(a));
    a.values.assign(a.values.size(), -1);
    expect_same(reuse_rows(rule, from.values.data(), from.rows, view(a)), slow, rule);
    ASSERT_EQ(bits(a.values), bits(slow.a_reused.values));
  }
}

TEST_P(Window, CountsOfManyWindowsDoNotOverflow) {
  std::mt19937 random(3);
  const WindowRule tall{.format = GetParam(), .window = 8, .lanes = 4, .supply = 4};
  SlowMatrix a = test::random_matrix(40'000, 8, tall.format, random);
  const auto slow_tall = test::slow_reuse(tall, a, 3);
  if (storage_bits(tall.format) == 16) expect_same(reuse_rows(tall, Halves(a, tall.format).view()), slow_tall, tall);
  expect_same(reuse_rows(tall, view(a)), slow_tall, tall);

  const WindowRule wide{.format = GetParam(), .window = 4, .lanes = 4, .supply = 4};
  a = test::random_matrix(4, 70'000, wide.format, random);
  SlowMatrix by_columns = flip(a);
  const auto slow_wide = test::slow_reuse(wide, a, 3);
  if (storage_bits(wide.format) == 16) {
    expect_same(reuse_rows(wide, Halves(a, wide.format).view()), slow_wide, wide);
    expect_same(reuse_columns(wide, Halves(by_columns, wide.format).view()), slow_wide, wide);
  }
  expect_same(reuse_rows(wide, view(a)), slow_wide, wide);
  expect_same(reuse_columns(wide, view(by_columns)), slow_wide, wide);
}

TEST_P(Window, RowsAgreeWithTheDefinition) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const WindowRule rule = random_rule(GetParam(), random);
    SlowMatrix a = test::random_matrix(1 + random() % 70, 1 + random() % 150, rule.format, random);
    const auto slow = test::slow_reuse(rule, a, 3);
    SCOPED_TRACE(testing::Message() << "round " << round << " window " << rule.window << " lanes " << rule.lanes);
    if (storage_bits(rule.format) == 16) {
      Halves halves(a, rule.format);
      expect_same(reuse_rows(rule, halves.view()), slow, rule);
      ASSERT_EQ(halves.bits(), bits(slow.a_reused.values));
    }
    expect_same(reuse_rows(rule, view(a)), slow, rule);
    ASSERT_EQ(bits(a.values), bits(slow.a_reused.values));
  }
}

TEST_P(Window, ColumnsAgreeWithTheDefinition) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    WindowRule rule = random_rule(GetParam(), random);
    rule.granularity = Granularity::product;
    rule.window = round % 2 == 0 ? 4 : 2;
    rule.supply = 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(rule.window));
    ASSERT_TRUE(columns_supported(rule));
    const SlowMatrix a = test::random_matrix(rule.window * (1 + random() % 40), 1 + random() % 60, rule.format, random);
    const auto slow = test::slow_reuse(rule, a, 3);
    SlowMatrix flipped = flip(a);
    if (storage_bits(rule.format) == 16) {
      Halves halves(flipped, rule.format);
      expect_same(reuse_columns(rule, halves.view()), slow, rule);
      ASSERT_EQ(halves.bits(), bits(flip(slow.a_reused).values));
    }
    expect_same(reuse_columns(rule, view(flipped)), slow, rule);
    ASSERT_EQ(bits(flipped.values), bits(flip(slow.a_reused).values));
  }
}

/// Columns one behind the other, replaced on their way to memory that vectors may overrun, which may be where they are,
/// and counted from marks.
template <class T>
WindowCount mark_and_count(const WindowRule& rule, const std::vector<T>& columns, std::int64_t rows,
                           std::vector<T>& replaced) {
  const std::size_t size = columns.size();
  constexpr std::uint8_t untouched = 0x5a;
  std::vector<T> from = columns;
  from.resize(size + 64);
  replaced.resize(size + 64);
  std::vector<std::uint8_t> marks(size / marked_window + marks_slack, untouched);
  mark_repeats(rule, std::span<const T>(from.data(), size), replaced.data(), marks.data());
  for (std::size_t i = size / marked_window + 16; i < marks.size(); ++i) EXPECT_EQ(marks[i], untouched);
  mark_repeats(rule, std::span<const T>(from.data(), size), from.data(), marks.data());
  from.resize(size), replaced.resize(size);
  EXPECT_EQ(std::memcmp(from.data(), replaced.data(), size * sizeof(T)), 0) << "in place";
  std::vector<std::int64_t> begins;
  for (std::int64_t at = 0; at < std::ssize(columns); at += rows) begins.push_back(at);
  return count_marks(rule, marks.data(), begins, rows / marked_window);
}

TEST_P(Window, MarksAgreeWithTheDefinition) {
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    WindowRule rule = random_rule(GetParam(), random);
    rule.granularity = Granularity::product;
    rule.window = marked_window;
    rule.supply = 1 + static_cast<std::int64_t>(random() % marked_window);
    ASSERT_TRUE(marks_supported(rule));
    const std::int64_t rows = marked_window * static_cast<std::int64_t>(1 + random() % 40);
    const SlowMatrix a = test::random_matrix(rows, 1 + random() % 20, rule.format, random);
    const auto slow = test::slow_reuse(rule, a, 3);
    const SlowMatrix flipped = flip(a);
    if (storage_bits(rule.format) == 16) {
      Halves halves(flipped, rule.format);
      const std::vector<std::uint16_t> columns = halves.values;
      expect_same(mark_and_count(rule, columns, rows, halves.values), slow, rule);
      ASSERT_EQ(halves.bits(), bits(flip(slow.a_reused).values));
    }
    std::vector<float> replaced;
    expect_same(mark_and_count(rule, flipped.values, rows, replaced), slow, rule);
    ASSERT_EQ(bits(replaced), bits(flip(slow.a_reused).values));
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Window, ::testing::ValuesIn(formats),
                         [](const auto& info) { return std::string(name(info.param)); });

TEST(WindowCounts, ReuseGrowsWithDroppedBits) {
  std::mt19937 random(3);
  const SlowMatrix a = test::random_matrix(64, 64, Format::fp16, random);
  std::uint64_t before = ~std::uint64_t{0};
  for (int dropped = 0; dropped <= 10; ++dropped) {
    SlowMatrix copy = a;
    const auto found = reuse_rows({.format = Format::fp16, .window = 8, .dropped_bits = dropped}, view(copy));
    EXPECT_LE(found.products, before);
    before = found.products;
  }
}

TEST(WindowCounts, CountsZerosOfBothSigns) {
  const std::vector<float> values{0.0F, -0.0F, 1.0F, -1e-30F, 0.0F};
  EXPECT_EQ(count_zeros(MatrixView<const float>{values.data(), 1, 5, 5}), 3U);
}

}  // namespace
}  // namespace acrtc::reuse
