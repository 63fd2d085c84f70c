#include "acrtc/dense/matmul.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace acrtc::dense {
namespace {

float a_at(std::int64_t i, std::int64_t k) { return static_cast<float>((i * 7 + k * 3) % 11) - 5; }
float b_at(std::int64_t k, std::int64_t j) { return static_cast<float>((k * 5 + j * 2) % 13) - 6; }

/// B in panels as matmul.hpp describes them; everything that need not be set is NaN, so that reading it shows.
std::vector<float> packed_b(std::int64_t k, std::int64_t n, std::int64_t panel) {
  std::vector<float> b(static_cast<std::size_t>(packed_size(k, n, Element::f32, panel)),
                       std::numeric_limits<float>::quiet_NaN());
  for (std::int64_t r = 0; r < k; ++r)
    for (std::int64_t j = 0; j < n; ++j)
      b[static_cast<std::size_t>(j / panel * panel_size(k, Element::f32, panel) + r * panel + j % panel)] = b_at(r, j);
  return b;
}

std::vector<float> multiply(const MatmulSpec& spec, Engine& engine, float c_before) {
  std::vector<float> a(static_cast<std::size_t>(spec.m * spec.k));
  for (std::int64_t i = 0; i < spec.m; ++i)
    for (std::int64_t k = 0; k < spec.k; ++k) a[static_cast<std::size_t>(i * spec.k + k)] = a_at(i, k);
  std::vector<float> c(static_cast<std::size_t>(spec.m * spec.n + 1), c_before);
  Matmul::get(spec, engine).run(0, a.data(), packed_b(spec.k, spec.n, spec.panel).data(), c.data());
  return c;
}

TEST(Matmul, MultipliesMatricesOfAnySize) {
  Engine engine(1);
  for (const std::int64_t m : {1, 5, 33})
    for (const std::int64_t n : {1, 10, 32, 33, 63, 64, 130})
      for (const auto& [k, panel] :
           {std::pair{1, panel_width}, {15, panel_width}, {40, panel_width}, {40, narrow_panel(n)}}) {
        const auto c = multiply({.m = m, .n = n, .k = k, .panel = panel}, engine, -7);
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            float sum = 0;
            for (std::int64_t r = 0; r < k; ++r) sum += a_at(i, r) * b_at(r, j);
            ASSERT_EQ(c[static_cast<std::size_t>(i * n + j)], sum) << m << " " << n << " " << k << " " << panel;
          }
        ASSERT_EQ(c.back(), -7) << "wrote beyond C";
      }
}

TEST(Matmul, AccumulatesWhereAsked) {
  Engine engine(1);
  MatmulSpec spec{4, 70, 9};
  const auto fresh = multiply(spec, engine, 100);
  spec.write = MatmulSpec::Write::accumulate;
  const auto added = multiply(spec, engine, 100);
  for (std::size_t i = 0; i + 1 < fresh.size(); ++i) ASSERT_EQ(added[i], fresh[i] + 100);
}

/// Operands of random numbers that all shapes of one inner size share: they see the first rows of A and columns of B.
class SharedOperands {
 public:
  SharedOperands(std::int64_t k, std::int64_t rows, std::int64_t columns, Element element)
      : k_(k), element_(element), a_(fill(rows * k)), b_(fill(packed_size(k, columns, element))) {}

  std::vector<float> product(std::int64_t m, std::int64_t n, MatmulSpec::Write write, Engine& engine) const {
    return multiply({m, n, k_, element_, write}, b_.data(), engine);
  }

  /// The same of B's first columns in narrow panels.
  std::vector<float> narrow_product(std::int64_t m, std::int64_t n, MatmulSpec::Write write, Engine& engine) const {
    const MatmulSpec spec{m, n, k_, element_, write, narrow_panel(n)};
    std::vector<std::uint32_t> b(static_cast<std::size_t>(panel_size(k_, Element::f32, spec.panel)));
    const std::int64_t rows = element_ == Element::bf16 ? (k_ + 1) / 2 : k_;  // of 32-bit units
    for (std::int64_t r = 0; r < rows; ++r) std::copy_n(&b_[r * panel_width], spec.panel, &b[r * spec.panel]);
    return multiply(spec, b.data(), engine);
  }

  /// One element of an FP32 product, added as adds_in_chains(Element::f32) says. B is one panel.
  float chains(std::int64_t i, std::int64_t j, MatmulSpec::Write write) const {
    float sum[2] = {0, 0};
    for (std::int64_t k = 0; k < k_; ++k) {
      float& chain = sum[k < longest_chain ? 0 : 1];
      chain = std::fma(std::bit_cast<float>(a_[i * k_ + k]), std::bit_cast<float>(b_[k * panel_width + j]), chain);
    }
    const float all = k_ > longest_chain ? sum[0] + sum[1] : sum[0];
    return write == MatmulSpec::Write::accumulate ? before + all : all;
  }

 private:
  static constexpr float before = 0.375F;  ///< what C holds

  std::vector<float> multiply(const MatmulSpec& spec, const std::uint32_t* b, Engine& engine) const {
    std::vector<float> c(static_cast<std::size_t>(spec.m * spec.n), before);
    Matmul(spec, engine).run(0, a_.data(), b, c.data());
    return c;
  }

  std::vector<std::uint32_t> fill(std::int64_t elements) {
    std::normal_distribution<float> normal;
    const auto next = [&] { return std::bit_cast<std::uint32_t>(normal(random_)); };
    const std::int64_t words = element_ == Element::bf16 ? (elements + 1) / 2 : elements;
    std::vector<std::uint32_t> values(static_cast<std::size_t>(words));
    for (std::uint32_t& word : values)
      word = element_ == Element::bf16 ? (next() & 0xFFFF0000U) | next() >> 16U : next();
    return values;
  }

  std::mt19937 random_{7};
  std::int64_t k_;
  Element element_;
  std::vector<std::uint32_t> a_, b_;
};

class EveryElement : public ::testing::TestWithParam<Element> {};

/// What blocks, windows, threads and schemes rely on. oneDNN's AMX kernels keep it for padded k only, and not by
/// themselves for few results.
TEST_P(EveryElement, BitsDoNotDependOnTheShape) {
  if (GetParam() == Element::bf16 && !Engine::has_bf16()) GTEST_SKIP() << "no bf16 instructions here";
  constexpr std::int64_t rows = 1100, columns = 1100;
  Engine engine(1);
  const std::int64_t grain = k_grain(GetParam());
  for (std::int64_t k : {1, 16, 25, 63, 100, 256, 500, 512, 767, 800, 896}) {
    k = (k + grain - 1) / grain * grain;
    const SharedOperands operands(k, rows, columns, GetParam());
    for (const auto write : {MatmulSpec::Write::overwrite, MatmulSpec::Write::accumulate}) {
      const auto whole = operands.product(rows, columns, write, engine);
      for (const std::int64_t m : {1, 2, 6, 16, 31, 33, 64, 100, 520})
        for (const std::int64_t n : {1, 6, 10, 20, 33, 48, 64, 100, 576, 1024}) {
          const auto part = operands.product(m, n, write, engine);
          for (std::int64_t i = 0; i < m; ++i)
            ASSERT_EQ(std::memcmp(&part[i * n], &whole[i * columns], n * sizeof(float)), 0)
                << m << " " << n << " " << k;
          if (n <= panel_width) {
            ASSERT_EQ(operands.narrow_product(m, n, write, engine), part) << m << " " << n << " " << k;
          }
        }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Matmul, EveryElement, ::testing::Values(Element::f32, Element::bf16),
                         [](const auto& info) { return info.param == Element::f32 ? "f32" : "bf16"; });

/// What products that are not oneDNN's rely on to be bit-equal to it.
TEST(Matmul, AddsInChains) {
  if (!adds_in_chains(Element::f32)) GTEST_SKIP() << "the order of sums is not known here";
  Engine engine(1);
  for (const std::int64_t k : {1, 27, 144, 512, 513, 576, 800, 896})
    for (const auto write : {MatmulSpec::Write::overwrite, MatmulSpec::Write::accumulate})
      for (const std::int64_t m : {1, 16, 100}) {
        const SharedOperands operands(k, m, panel_width, Element::f32);
        const auto c = operands.product(m, panel_width, write, engine);
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < panel_width; ++j)
            ASSERT_EQ(c[static_cast<std::size_t>(i * panel_width + j)], operands.chains(i, j, write))
                << "k " << k << " m " << m;
      }
}

TEST(Matmul, IsMadeOncePerShape) {
  Engine engine(2);
  const MatmulSpec spec{3, 3, 3};
  EXPECT_EQ(&Matmul::get(spec, engine), &Matmul::get(spec, engine));
  EXPECT_NE(&Matmul::get(spec, engine), &Matmul::get({3, 3, 4}, engine));
}

}  // namespace
}  // namespace acrtc::dense
