#include "acrtc/base/quantity.hpp"

#include <gtest/gtest.h>

#include <concepts>

namespace acrtc {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};

TEST(Quantity, KeepsUnitsApart) {
  EXPECT_TRUE((Addable<Seconds, Seconds>));
  EXPECT_FALSE((Addable<Seconds, Joules>));
  EXPECT_FALSE((Addable<Seconds, double>));
  EXPECT_FALSE((Comparable<Bytes, Cycles>));
  EXPECT_FALSE((std::convertible_to<double, Seconds>));
}

TEST(Quantity, AddsScalesAndCompares) {
  Seconds total{1.5};
  total += Seconds{0.5};
  EXPECT_EQ(total, Seconds{2});
  EXPECT_EQ(total - Seconds{0.5}, Seconds{1.5});
  EXPECT_EQ(total * 3, Seconds{6});
  EXPECT_EQ(3 * total, Seconds{6});
  EXPECT_EQ(total / 4, Seconds{0.5});
  EXPECT_LT(total, Seconds{2.5});
}

TEST(Quantity, RatioOfLikesIsAPlainNumber) {
  EXPECT_TRUE((std::same_as<decltype(Bytes{6} / Bytes{2}), double>));
  EXPECT_EQ(Bytes{6} / Bytes{2}, 3.0);
}

TEST(Quantity, CombinesUnitsWherePhysicsDoes) {
  EXPECT_EQ(Watts{3} * Seconds{4}, Joules{12});
  EXPECT_EQ(Cycles{3e9} / Hertz{1.5e9}, Seconds{2});
}

}  // namespace
}  // namespace acrtc
