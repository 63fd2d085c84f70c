#include "acrtc/reuse/blocks.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/tensor_core.hpp"
#include "support/reuse/random_matrix.hpp"
#include "support/reuse/stored_result.hpp"

namespace acrtc::reuse {
namespace {

struct Shape {
  std::int64_t m, n, k;
};

/// Sizes beyond every cut: blocks, slabs and reductions in pieces, with remainders.
constexpr Shape shapes[] = {{1, 1, 1}, {5, 70, 33}, {300, 3, 40}, {40, 66, 2100}, {2500, 20, 25}, {65, 65, 17}};

struct Outcome {
  ReuseCount count;
  std::vector<float> c;
};

Outcome multiply(const Shape& shape, const WindowRule& rule, Major major, int threads) {
  std::mt19937 random(11);
  dense::Engine engine(threads);
  const auto a = test::tame_matrix(shape.m, shape.k, rule.format, random);
  const auto b = test::tame_matrix(shape.k, shape.n, rule.format, random);
  const test::OwnedMatrix stored_a(a.values, shape.m, shape.k, rule.format);
  const test::OwnedMatrix stored_b(b.values, shape.k, shape.n, rule.format);
  const test::OwnedMatrix flipped = stored_a.flipped();
  const Transposed by_columns(flipped.operand());
  test::StoredResult c(shape.m, shape.n);
  const Operand& operand = major == Major::rows ? stored_a.operand() : by_columns;
  const ReuseCount count = multiply_reusing({operand, stored_b.operand(), c, rule.format, engine}, rule);
  return {count, c.values};
}

class Blocks : public ::testing::TestWithParam<Format> {};

TEST_P(Blocks, CountsAndProductsOfAnyShapeAgreeWithTheDefinition) {
  for (const Shape& shape : shapes)
    for (const std::int64_t window : {4, 7})
      for (const Major major : {Major::rows, Major::columns}) {
        const WindowRule rule{.format = GetParam(), .window = window, .lanes = 8, .dropped_bits = 3};
        std::mt19937 random(11);
        const auto a = test::tame_matrix(shape.m, shape.k, rule.format, random);
        const auto b = test::tame_matrix(shape.k, shape.n, rule.format, random);
        const auto slow = test::slow_reuse(rule, a, shape.n);
        const Outcome run = multiply(shape, rule, major, 2);
        EXPECT_EQ(run.count, slow.count) << shape.m << "x" << shape.n << "x" << shape.k << " window " << window;
        for (std::int64_t i = 0; i < shape.m; i += 13)
          for (std::int64_t j = 0; j < shape.n; ++j) {
            double sum = 0, size = 0;
            for (std::int64_t k = 0; k < shape.k; ++k) {
              const double product = double{slow.a_reused.at(i, k)} * b.at(k, j);
              sum += product, size += std::abs(product);
            }
            ASSERT_NEAR(run.c[static_cast<std::size_t>(i * shape.n + j)], sum, 1e-5 * size + 1e-30);
          }
      }
}

TEST_P(Blocks, ThreadsAndLayoutChangeNoBit) {
  for (const Shape& shape : shapes) {
    const WindowRule rule{.format = GetParam(), .dropped_bits = 2};
    for (const Major major : {Major::rows, Major::columns}) {
      const Outcome one = multiply(shape, rule, major, 1), three = multiply(shape, rule, major, 3);
      EXPECT_EQ(one.count, three.count);
      EXPECT_EQ(one.c, three.c);
    }
    EXPECT_EQ(multiply(shape, rule, Major::rows, 1).count, multiply(shape, rule, Major::columns, 1).count);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Blocks, ::testing::ValuesIn(formats),
                         [](const auto& info) { return std::string(name(info.param)); });

/// grad_weight with dY compared: B is an im2col matrix, delivered by blocks and never stored.
TEST(StreamedB, EqualsAStoredOne) {
  std::mt19937 random(3);
  dense::Engine engine(2);
  const ConvGeometry g{
      .samples = 3, .input = {4, 20, 21}, .channels = 4, .kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1};
  const auto x = test::tame_matrix(g.samples, g.input.elements(), Format::bf16, random);
  std::vector<std::uint16_t> halves(x.values.size());
  to_bf16(x.values, halves);
  const Im2col streamed(g, x.values.data(), halves.data());
  ASSERT_FALSE(streamed.compact());

  std::vector<float> whole(static_cast<std::size_t>(g.pixels() * g.columns()));
  streamed.load({0, g.pixels()}, {0, g.columns()},
                MatrixView<float>{whole.data(), g.columns(), g.pixels(), g.pixels()});
  const test::OwnedMatrix stored(whole, g.columns(), g.pixels(), Format::bf16);
  const Transposed stored_b(stored.operand());

  const auto dy = test::tame_matrix(7, g.pixels(), Format::bf16, random);
  const test::OwnedMatrix a(dy.values, 7, g.pixels(), Format::bf16);
  test::StoredResult c1(7, g.columns()), c2(7, g.columns());
  const WindowRule rule{.format = Format::bf16, .dropped_bits = 4};
  EXPECT_EQ(multiply_reusing({a.operand(), streamed, c1, Format::bf16, engine}, rule),
            multiply_reusing({a.operand(), stored_b, c2, Format::bf16, engine}, rule));
  EXPECT_EQ(c1.values, c2.values);
}

}  // namespace
}  // namespace acrtc::reuse
