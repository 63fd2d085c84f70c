#include "acrtc/base/text.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace acrtc {
namespace {

TEST(Text, Joins) {
  EXPECT_EQ(join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Text, SuggestsTheNearestKnownName) {
  const std::vector<std::string> known{"window", "lanes", "strength"};
  EXPECT_EQ(did_you_mean("windw", known), "did you mean 'window'?");
  EXPECT_EQ(did_you_mean("stregnth", known), "did you mean 'strength'?");
  EXPECT_EQ(did_you_mean("wnidow", known), "did you mean 'window'?");
  EXPECT_EQ(did_you_mean("epochs", known), "");
  EXPECT_EQ(did_you_mean("sede", {"seed"}), "did you mean 'seed'?");
  EXPECT_EQ(did_you_mean("foo", {"product", "dot"}), "");
  EXPECT_EQ(did_you_mean("anything", {}), "");
}

TEST(Text, WritesDoublesThatReadBackExactly) {
  for (const double value : {0.1, 1.0 / 3, 1e300, -5e-324, 123456789.0, std::numeric_limits<double>::max()}) {
    EXPECT_EQ(std::strtod(exact_text(value).c_str(), nullptr), value);
  }
  EXPECT_EQ(exact_text(0.1), "0.1");
  EXPECT_EQ(exact_text(2), "2.0");
  EXPECT_EQ(exact_text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(exact_text(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(exact_text(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(Text, RoundsToThreeDigitsWithAnSiPrefix) {
  EXPECT_EQ(si_text(0.0123, "s"), "12.3 ms");
  EXPECT_EQ(si_text(1, "J"), "1.00 J");
  EXPECT_EQ(si_text(999.7, "J"), "1.00 kJ");
  EXPECT_EQ(si_text(-4.56e9, "FLOP"), "-4.56 GFLOP");
  EXPECT_EQ(si_text(3.2e-12, "J"), "3.20 pJ");
  EXPECT_EQ(si_text(0, "s"), "0.00 s");
}

TEST(Text, WritesBytesWithBinaryPrefixes) {
  EXPECT_EQ(bytes_text(1.5 * 1024 * 1024 * 1024), "1.50 GiB");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.00 KiB");
}

}  // namespace
}  // namespace acrtc
