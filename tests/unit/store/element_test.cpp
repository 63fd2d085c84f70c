#include "acrtc/store/element.hpp"

#include <gtest/gtest.h>

namespace acrtc::store {
namespace {

TEST(Element, NamesTheFileTypeOfEachMemoryType) {
  EXPECT_EQ(element_type<double>(), ElementType::f64);
  EXPECT_EQ(element_type<float>(), ElementType::f32);
  EXPECT_EQ(element_type<std::uint64_t>(), ElementType::u64);
  EXPECT_EQ(element_type<std::int64_t>(), ElementType::i64);
  EXPECT_EQ(element_type<std::uint8_t>(), ElementType::u8);
}

TEST(Element, RefusesTypesThatWouldDifferBetweenMachines) {
  EXPECT_FALSE(Element<long double>);
  EXPECT_FALSE(Element<bool>);
  EXPECT_FALSE(Element<char>);
}

}  // namespace
}  // namespace acrtc::store
