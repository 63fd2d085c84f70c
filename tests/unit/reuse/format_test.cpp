#include "acrtc/reuse/format.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "support/base/user_error.hpp"

namespace acrtc::reuse {
namespace {

/// Rounds |x| to a multiple of 2^step by the definition, ties to even.
double to_multiple(double x, int step) { return std::ldexp(std::nearbyint(std::ldexp(x, -step)), step); }

double slow_round(Format format, float value) {
  if (!std::isfinite(value) || value == 0) return value;
  const int least = format == Format::fp16 ? -14 : -126;
  const int exponent = std::max(std::ilogb(value), least);
  const double rounded = to_multiple(value, exponent - mantissa_bits(format));
  if (format == Format::fp16 && std::abs(rounded) > 65504) return std::copysign(INFINITY, value);
  return rounded;
}

TEST(Format, RoundsToNearestEvenWithSubnormalsAndOverflow) {
  std::mt19937 random(7);
  for (int i = 0; i < 200000; ++i) {
    float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (i % 2 == 0) value = std::ldexp(static_cast<float>(random() % 65536), static_cast<int>(random() % 24) - 28);
    if (std::isnan(value)) continue;
    for (const Format format : formats) {
      const float expected = static_cast<float>(slow_round(format, value));
      ASSERT_EQ(std::bit_cast<std::uint32_t>(round_to(format, value)), std::bit_cast<std::uint32_t>(expected))
          << name(format) << " of " << value;
    }
  }
}

TEST(Format, KeepsNonFiniteValues) {
  for (const Format format : formats) {
    EXPECT_TRUE(std::isnan(round_to(format, NAN)));
    EXPECT_EQ(round_to(format, -INFINITY), -INFINITY);
  }
  const float low_payload[] = {std::bit_cast<float>(0xff800001U)};
  std::uint16_t half = 0;
  to_halves(Format::bf16, low_payload, {&half, 1});
  EXPECT_TRUE(std::isnan(std::bit_cast<float>(std::uint32_t{half} << 16)));
  EXPECT_EQ(round_to(Format::fp16, 65519.0F), 65504.0F);
  EXPECT_EQ(round_to(Format::fp16, 65520.0F), INFINITY);
}

TEST(Format, RoundsAnyLengthAlike) {
  std::vector<float> many(37);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = 1.0F + 0.001F * static_cast<float>(i);
  auto rounded = many;
  round_to(Format::bf16, rounded);
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(rounded[i], round_to(Format::bf16, many[i]));
}

TEST(Format, UpperHalvesOfBf16ValuesAreExact) {
  const std::vector<float> values{1.0F, -2.5F, 0.0F};
  std::vector<std::uint16_t> halves(3);
  to_halves(Format::bf16, values, halves);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(std::bit_cast<float>(std::uint32_t{halves[i]} << 16), values[i]);
}

TEST(Format, NamesReadBack) {
  for (const Format format : formats) EXPECT_EQ(parse_format(name(format)), format);
  EXPECT_EQ(test::user_error([] { parse_format("bf61"); }),
            "no format is called 'bf61' (known: fp16, bf16, tf32, fp32); did you mean 'bf16'?");
}

}  // namespace
}  // namespace acrtc::reuse
