#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace acrtc::reuse {

/// The number format of a GEMM's operands; accumulation is FP32 in all of them.
enum class Format { fp16, bf16, tf32, fp32 };

inline constexpr Format formats[] = {Format::fp16, Format::bf16, Format::tf32, Format::fp32};

const char* name(Format format);
/// Throws UserError for a name that is none of fp16, bf16, tf32, fp32.
Format parse_format(std::string_view name);

constexpr int mantissa_bits(Format format) {
  switch (format) {
    case Format::fp16:
      return 10;
    case Format::bf16:
      return 7;
    case Format::tf32:
      return 10;
    case Format::fp32:
      return 23;
  }
  return 0;
}

/// Bits of one element as the accelerator stores and moves it (tf32 travels as 32 bits).
constexpr int storage_bits(Format format) { return format == Format::fp16 || format == Format::bf16 ? 16 : 32; }

/// Sign + exponent + mantissa: the bits that a comparator sees.
constexpr int significant_bits(Format format) { return mantissa_bits(format) + 1 + (format == Format::fp16 ? 5 : 8); }

/// Rounds to the format, to nearest even, in place; overflow becomes infinite, subnormals of the format are kept.
void round_to(Format format, std::span<float> values);
float round_to(Format format, float value);

/// The values rounded to a format of 16 bits: fp16 as IEEE 754 has it, bf16 as the upper half. Sizes are equal.
void to_halves(Format format, std::span<const float> values, std::span<std::uint16_t> out);

}  // namespace acrtc::reuse
