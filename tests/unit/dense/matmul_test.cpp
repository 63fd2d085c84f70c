#include "acrtc/dense/matmul.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace acrtc::dense {
namespace {

float a_at(std::int64_t i, std::int64_t k) { return static_cast<float>((i * 7 + k * 3) % 11) - 5; }
float b_at(std::int64_t k, std::int64_t j) { return static_cast<float>((k * 5 + j * 2) % 13) - 6; }

/// B in panels as matmul.hpp describes them; everything that need not be set is NaN, so that reading it shows.
std::vector<float> packed_b(std::int64_t k, std::int64_t n) {
  std::vector<float> b(static_cast<std::size_t>(packed_size(k, n, Element::f32)),
                       std::numeric_limits<float>::quiet_NaN());
  for (std::int64_t r = 0; r < k; ++r)
    for (std::int64_t j = 0; j < n; ++j)
      b[static_cast<std::size_t>(j / panel_width * panel_size(k, Element::f32) + r * panel_width + j % panel_width)] =
          b_at(r, j);
  return b;
}

std::vector<float> multiply(MatmulSpec spec, Engine& engine, float c_before) {
  std::vector<float> a(static_cast<std::size_t>(spec.m * spec.a_stride), 99.0F);
  for (std::int64_t i = 0; i < spec.m; ++i)
    for (std::int64_t k = 0; k < spec.k; ++k) a[static_cast<std::size_t>(i * spec.a_stride + k)] = a_at(i, k);
  std::vector<float> c(static_cast<std::size_t>(spec.m * spec.c_stride), c_before);
  Matmul::get(spec, engine).run(0, a.data(), packed_b(spec.k, spec.n).data(), c.data());
  return c;
}

TEST(Matmul, MultipliesStridedMatricesOfAnySize) {
  Engine engine(1);
  for (const std::int64_t m : {1, 5, 33})
    for (const std::int64_t n : {1, 63, 64, 130})
      for (const std::int64_t k : {1, 15, 40}) {
        const MatmulSpec spec{m, n, k, k + 3, n + 2};
        const auto c = multiply(spec, engine, -7);
        for (std::int64_t i = 0; i < m; ++i) {
          for (std::int64_t j = 0; j < n; ++j) {
            float sum = 0;
            for (std::int64_t r = 0; r < k; ++r) sum += a_at(i, r) * b_at(r, j);
            ASSERT_EQ(c[static_cast<std::size_t>(i * spec.c_stride + j)], sum) << m << " " << n << " " << k;
          }
          ASSERT_EQ(c[static_cast<std::size_t>(i * spec.c_stride + n)], -7) << "wrote beyond a row";
        }
      }
}

TEST(Matmul, AccumulatesWhereAsked) {
  Engine engine(1);
  MatmulSpec spec{4, 70, 9, 9, 70};
  const auto fresh = multiply(spec, engine, 100);
  spec.write = MatmulSpec::Write::accumulate;
  const auto added = multiply(spec, engine, 100);
  for (std::size_t i = 0; i < fresh.size(); ++i) ASSERT_EQ(added[i], fresh[i] + 100);
}

TEST(Matmul, IsMadeOncePerShape) {
  Engine engine(2);
  const MatmulSpec spec{3, 3, 3, 3, 3};
  EXPECT_EQ(&Matmul::get(spec, engine), &Matmul::get(spec, engine));
  EXPECT_NE(&Matmul::get(spec, engine), &Matmul::get({3, 3, 4, 4, 3}, engine));
}

}  // namespace
}  // namespace acrtc::dense
