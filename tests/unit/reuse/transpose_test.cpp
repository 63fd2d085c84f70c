#include "acrtc/reuse/transpose.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace acrtc::reuse {
namespace {

template <class T>
class Transpose : public ::testing::Test {};
using Elements = ::testing::Types<float, std::uint16_t>;
TYPED_TEST_SUITE(Transpose, Elements);

/// Whole squares, remainders on either side, fewer than a vector has; rows apart from each other.
TYPED_TEST(Transpose, SwapsRowsAndColumnsAndTouchesNothingElse) {
  for (const std::int64_t rows : {1, 3, 8, 31, 64, 70})
    for (const std::int64_t cols : {1, 4, 9, 32, 65}) {
      constexpr std::int64_t gap = 3;
      std::vector<TypeParam> from(static_cast<std::size_t>(rows * (cols + gap)));
      std::iota(from.begin(), from.end(), TypeParam{1});
      std::vector<TypeParam> to(static_cast<std::size_t>(cols * (rows + gap)), TypeParam{0});
      const MatrixView<const TypeParam> a{from.data(), rows, cols, cols + gap};
      const MatrixView<TypeParam> b{to.data(), cols, rows, rows + gap};
      transpose(a, b);
      for (std::int64_t c = 0; c < cols; ++c) {
        for (std::int64_t r = 0; r < rows; ++r) ASSERT_EQ(b(c, r), a(r, c)) << rows << "x" << cols;
        for (std::int64_t r = rows; r < rows + gap; ++r) ASSERT_EQ(b(c, r), TypeParam{0}) << rows << "x" << cols;
      }
    }
}

}  // namespace
}  // namespace acrtc::reuse
