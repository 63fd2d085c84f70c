#include "acrtc/reuse/blocks.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/tensor_core.hpp"
#include "support/reuse/convolutions.hpp"
#include "support/reuse/random_matrix.hpp"
#include "support/reuse/stored_result.hpp"

namespace acrtc::reuse {
namespace {

struct Shape {
  std::int64_t m, n, k;
};

/// Sizes beyond every cut: blocks, slabs, columns and reductions in pieces, with remainders.
constexpr Shape shapes[] = {{1, 1, 1},      {5, 70, 33},  {300, 3, 40},   {40, 66, 2100},
                            {2500, 20, 25}, {65, 65, 17}, {37, 700, 950}, {260, 1500, 30}};

struct Outcome {
  ReuseCount count;
  std::vector<float> c;
};

Outcome multiply(const Shape& shape, const WindowRule& rule, Major major, int threads, Major b_major = Major::rows) {
  std::mt19937 random(11);
  dense::Engine engine(threads);
  const auto a = test::tame_matrix(shape.m, shape.k, rule.format, random);
  const auto b = test::tame_matrix(shape.k, shape.n, rule.format, random);
  const test::OwnedMatrix stored_a(a.values, shape.m, shape.k, rule.format);
  const test::OwnedMatrix stored_b(b.values, shape.k, shape.n, rule.format);
  const test::OwnedMatrix flipped = stored_a.flipped();
  const test::OwnedMatrix flipped_b = stored_b.flipped();
  const Transposed by_columns(flipped.operand()), b_by_columns(flipped_b.operand());
  test::StoredResult c(shape.m, shape.n);
  const Operand& a_operand = major == Major::rows ? stored_a.operand() : by_columns;
  const Operand& b_operand = b_major == Major::rows ? stored_b.operand() : b_by_columns;
  const ReuseCount count = multiply_reusing({a_operand, b_operand, c, rule.format, engine}, rule);
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
      EXPECT_EQ(one.c, multiply(shape, rule, major, 2, Major::columns).c);
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
  to_halves(Format::bf16, x.values, halves);
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

class Convolution : public ::testing::TestWithParam<Format> {
 protected:
  /// Runs the GEMM as it is and with each operand stored as a plain matrix; same counts, same C but for rounding.
  void expect_like_stored(const Operand& a, const Operand& b, const WindowRule& rule) {
    test::StoredResult c(a.rows(), b.cols()), reference(a.rows(), b.cols());
    dense::Engine engine(2);
    const ReuseCount count = multiply_reusing({a, b, c, GetParam(), engine}, rule);
    const test::OwnedMatrix stored_a = stored(a), stored_b = stored(b);
    EXPECT_EQ(count, multiply_reusing({stored_a.operand(), stored_b.operand(), reference, GetParam(), engine}, rule));
    expect_near(c.values, reference.values);

    test::StoredResult plain(a.rows(), b.cols());
    const ReuseCount dense = multiply_dense({a, b, plain, GetParam(), engine}, rule.lanes);
    EXPECT_EQ(dense,
              multiply_dense({stored_a.operand(), stored_b.operand(), reference, GetParam(), engine}, rule.lanes));
    expect_near(plain.values, reference.values);
  }

  /// The same sums but for their order; rounded to the format, they may be neighbours.
  static void expect_near(const std::vector<float>& values, const std::vector<float>& reference) {
    const float ulp = std::ldexp(1.0F, -mantissa_bits(GetParam()));
    ASSERT_EQ(values.size(), reference.size());
    float largest = 0;
    for (const float value : reference) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_NEAR(values[i], reference[i], 2e-5F * largest + ulp * std::abs(reference[i]));
  }

  test::OwnedMatrix stored(const Operand& operand) {
    const std::int64_t rows = operand.rows(), cols = operand.cols();
    std::vector<float> values(static_cast<std::size_t>(rows * cols));
    if (operand.major() == Major::rows) {
      operand.load({0, rows}, {0, cols}, MatrixView<float>{values.data(), rows, cols, cols});
      return {std::move(values), rows, cols, GetParam()};
    }
    operand.load({0, rows}, {0, cols}, MatrixView<float>{values.data(), cols, rows, rows});
    return test::OwnedMatrix(std::move(values), cols, rows, GetParam()).flipped();
  }

  /// A tensor [n, c, h, w], as FP32 values and as halves.
  struct Images {
    std::vector<float> values;
    std::vector<std::uint16_t> halves;

    Images(std::int64_t samples, std::int64_t elements, Format format, std::mt19937& random)
        : values(test::tame_matrix(samples, elements, format, random).values), halves(values.size()) {
      if (storage_bits(format) == 16) to_halves(format, values, halves);
    }
    Im2col seen_by(const ConvGeometry& g) const { return {g, values.data(), halves.data()}; }
  };

  std::mt19937 random_{17};
};

TEST_P(Convolution, ForwardAndWeightGradientEqualThoseOfStoredMatrices) {
  const WindowRule rules[] = {{.format = GetParam(), .dropped_bits = 3},
                              {.format = GetParam(), .window = 1, .lanes = 2, .supply = 1},
                              {.format = GetParam(), .window = 2, .lanes = 16, .dropped_bits = 2},
                              {.format = GetParam(), .window = 8, .lanes = 8, .dropped_bits = 5},
                              {.format = GetParam(), .window = 16, .lanes = 1, .dropped_bits = 4}};
  for (const ConvGeometry& g : test::convolutions) {
    const Images x(g.samples, g.input.elements(), GetParam(), random_);
    const Im2col a = x.seen_by(g);
    const auto weight = test::tame_matrix(a.cols(), 6, GetParam(), random_);
    const auto dy = test::tame_matrix(a.rows(), 5, GetParam(), random_);
    for (const WindowRule& rule : rules) {
      SCOPED_TRACE(std::to_string(g.input.height) + "x" + std::to_string(g.input.width) + " window " +
                   std::to_string(rule.window));
      expect_like_stored(a, test::OwnedMatrix(weight.values, a.cols(), 6, GetParam()).operand(), rule);
      expect_like_stored(Transposed(a), test::OwnedMatrix(dy.values, a.rows(), 5, GetParam()).operand(), rule);
    }
  }
}

/// Whatever way a GEMM takes: only the sign of a zero may differ.
TEST_P(Convolution, WithEveryBitComparedTheResultIsThatOfDense) {
  const WindowRule rules[] = {{.format = GetParam()},
                              {.format = GetParam(), .window = 2},
                              {.format = GetParam(), .window = 7},
                              {.format = GetParam(), .window = 16},
                              {.format = GetParam(), .granularity = Granularity::dot}};
  test::for_each_convolution([&](const ConvGeometry& g, std::int64_t outputs) {
    const Images x(g.samples, g.input.elements(), GetParam(), random_);
    const SampleShape output{outputs, g.output_h(), g.output_w()};
    const Images dy(g.samples, output.elements(), GetParam(), random_);
    const Im2col columns = x.seen_by(g);
    const Im2col pixels = dy.seen_by({.samples = g.samples, .input = output, .channels = outputs});
    const auto weight = test::tame_matrix(columns.cols(), outputs, GetParam(), random_);
    const test::OwnedMatrix w(weight.values, columns.cols(), outputs, GetParam());
    for (const WindowRule& rule : rules) {
      SCOPED_TRACE(std::to_string(g.input.height) + "x" + std::to_string(g.input.width) + " window " +
                   std::to_string(rule.window));
      dense::Engine engine(2);
      const auto expect_dense_bits = [&](const Operand& a, const Operand& b, Result& reused, Result& dense) {
        multiply_reusing({a, b, reused, GetParam(), engine}, rule);
        multiply_dense({a, b, dense, GetParam(), engine}, rule.lanes);
      };
      test::StoredResult y(columns.rows(), outputs), dense_y(columns.rows(), outputs);
      expect_dense_bits(columns, w.operand(), y, dense_y);
      EXPECT_EQ(y.values, dense_y.values);

      test::StoredResult dw(columns.cols(), outputs), dense_dw(columns.cols(), outputs);
      expect_dense_bits(Transposed(columns), pixels, dw, dense_dw);
      EXPECT_EQ(dw.values, dense_dw.values);

      std::vector<float> dx(static_cast<std::size_t>(g.samples * g.input.elements())), dense_dx(dx.size());
      Col2im folded(g, values_of(dx, GetParam())), dense_folded(g, values_of(dense_dx, GetParam()));
      expect_dense_bits(pixels, Transposed(w.operand()), folded, dense_folded);
      EXPECT_EQ(dx, dense_dx);
    }
  });
}

TEST_P(Convolution, ThreadsChangeNoBit) {
  const WindowRule rule{.format = GetParam(), .dropped_bits = 3};
  dense::Engine alone(1), three(3);
  test::for_each_convolution([&](const ConvGeometry& g, std::int64_t outputs) {
    const Images x(g.samples, g.input.elements(), GetParam(), random_);
    const Images dy(g.samples, outputs * g.output_h() * g.output_w(), GetParam(), random_);
    const Im2col columns = x.seen_by(g);
    const Im2col pixels =
        dy.seen_by({.samples = g.samples, .input = {outputs, g.output_h(), g.output_w()}, .channels = outputs});
    const auto weight = test::tame_matrix(columns.cols(), outputs, GetParam(), random_);
    const test::OwnedMatrix w(weight.values, columns.cols(), outputs, GetParam());
    const auto expect_same = [&](const Operand& a, const Operand& b) {
      test::StoredResult c(a.rows(), b.cols()), same(a.rows(), b.cols());
      EXPECT_EQ(multiply_reusing({a, b, c, GetParam(), alone}, rule),
                multiply_reusing({a, b, same, GetParam(), three}, rule));
      EXPECT_EQ(c.values, same.values);
    };
    SCOPED_TRACE(std::to_string(g.input.height) + "x" + std::to_string(g.input.width));
    expect_same(columns, w.operand());
    expect_same(Transposed(columns), pixels);
  });
}

TEST_P(Convolution, InputGradientIsTheFoldedProduct) {
  test::for_each_convolution([&](const ConvGeometry& g, std::int64_t outputs) {
    for (const WindowRule& rule :
         {WindowRule{.format = GetParam(), .dropped_bits = 3}, WindowRule{.format = GetParam(), .window = 7},
          WindowRule{.format = GetParam(), .granularity = Granularity::dot, .dropped_bits = 5}}) {
      SCOPED_TRACE(std::to_string(g.input.height) + "x" + std::to_string(g.input.width) + " " +
                   std::to_string(rule.window));
      dense::Engine engine(2);
      const SampleShape shape{outputs, g.output_h(), g.output_w()};
      const Images dy(g.samples, shape.elements(), GetParam(), random_);
      const Im2col a = dy.seen_by({.samples = g.samples, .input = shape, .channels = outputs});
      const auto weight = test::tame_matrix(outputs, g.columns(), GetParam(), random_);
      const test::OwnedMatrix b(weight.values, outputs, g.columns(), GetParam());
      std::vector<float> dx(static_cast<std::size_t>(g.samples * g.input.elements())), reference(dx.size());
      Col2im folded(g, values_of(dx, GetParam()));
      const ReuseCount count = multiply_reusing({a, b.operand(), folded, GetParam(), engine}, rule);

      test::StoredResult c(g.pixels(), g.columns());
      EXPECT_EQ(count, multiply_reusing({stored(a).operand(), b.operand(), c, GetParam(), engine}, rule));
      Col2im fold(g, values_of(reference, GetParam()));
      fold.begin(1, g.pixels());
      fold.store(0, {0, g.pixels()}, {0, g.columns()}, Major::rows,
                 {c.values.data(), g.pixels(), g.columns(), g.columns()});
      fold.end();
      expect_near(dx, reference);
      if (storage_bits(GetParam()) != 16) continue;
      std::vector<std::uint16_t> halves(dx.size()), same(dx.size());
      Col2im stored_as_halves(g, values_of(halves, GetParam()));
      multiply_reusing({a, b.operand(), stored_as_halves, GetParam(), engine}, rule);
      to_halves(GetParam(), dx, same);
      EXPECT_EQ(halves, same);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Formats, Convolution, ::testing::ValuesIn(formats),
                         [](const auto& info) { return std::string(name(info.param)); });

}  // namespace
}  // namespace acrtc::reuse
