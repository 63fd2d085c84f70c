#include "acrtc/reuse/format.hpp"

#include <bit>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/format.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using U32 = hn::RebindToUnsigned<F32>;

/// Keeps the sign, the exponent and the upper bits of the mantissa, rounded to nearest even. A carry out of the
/// mantissa rightly moves into the exponent; non-finite values pass unchanged.
template <int kDropped, class V>
V RoundMantissa(V bits) {
  const U32 d;
  const auto half = hn::Set(d, (1U << (kDropped - 1)) - 1);
  const auto odd = hn::And(hn::ShiftRight<kDropped>(bits), hn::Set(d, 1));
  const auto rounded = hn::And(hn::Add(bits, hn::Add(half, odd)), hn::Set(d, ~((1U << kDropped) - 1)));
  const auto exponent = hn::Set(d, 0x7f800000);
  return hn::IfThenElse(hn::Eq(hn::And(bits, exponent), exponent), bits, rounded);
}

/// fp16's 10 mantissa bits, its fixed-point subnormals below 2^-14 and its overflow at 65520, in FP32 arithmetic:
/// adding and subtracting 1.5 * 2^-1 (half an ulp of which is 2^-25) rounds a small value to a multiple of 2^-24.
template <class V>
V RoundHalf(V bits) {
  const U32 d;
  const F32 df;
  const auto sign = hn::And(bits, hn::Set(d, 0x80000000));
  const auto magnitude = hn::AndNot(hn::Set(d, 0x80000000), bits);
  const auto magic = hn::Set(df, 0.75F);
  const auto tiny = hn::Sub(hn::Add(hn::BitCast(df, magnitude), magic), magic);
  const auto normal = RoundMantissa<13>(magnitude);
  const auto finite = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0x38800000)), hn::BitCast(d, tiny), normal);
  const auto overflow = hn::And(hn::Gt(normal, hn::Set(d, 0x477fffff)), hn::Lt(magnitude, hn::Set(d, 0x7f800000)));
  return hn::Or(sign, hn::IfThenElse(overflow, hn::Set(d, 0x7f800000), finite));
}

template <class Round>
void RoundAll(float* values, size_t size, Round round) {
  const F32 df;
  const U32 d;
  size_t i = 0;
  for (; i + hn::Lanes(df) <= size; i += hn::Lanes(df))
    hn::StoreU(hn::BitCast(df, round(hn::BitCast(d, hn::LoadU(df, values + i)))), df, values + i);
  const auto rest = hn::FirstN(df, size - i);
  hn::BlendedStore(hn::BitCast(df, round(hn::BitCast(d, hn::MaskedLoad(rest, df, values + i)))), rest, df, values + i);
}

void RoundTo(Format format, float* values, size_t size) {
  switch (format) {
    case Format::fp16:
      return RoundAll(values, size, [](auto bits) { return RoundHalf(bits); });
    case Format::bf16:
      return RoundAll(values, size, [](auto bits) { return RoundMantissa<16>(bits); });
    case Format::tf32:
      return RoundAll(values, size, [](auto bits) { return RoundMantissa<13>(bits); });
    case Format::fp32:
      return;
  }
}

void UpperHalves(const float* values, std::size_t size, std::uint16_t* out) {
  const U32 d;
  const hn::Rebind<std::uint16_t, U32> half;
  const auto* bits = reinterpret_cast<const std::uint32_t*>(values);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d))
    hn::StoreU(hn::TruncateTo(half, hn::ShiftRight<16>(hn::LoadU(d, bits + i))), half, out + i);
  for (; i < size; ++i) out[i] = static_cast<std::uint16_t>(bits[i] >> 16);
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(RoundTo);
HWY_EXPORT(UpperHalves);

constexpr const char* names[] = {"fp16", "bf16", "tf32", "fp32"};

}  // namespace

const char* name(Format format) { return names[static_cast<int>(format)]; }

Format parse_format(std::string_view text) {
  for (const Format format : formats)
    if (text == name(format)) return format;
  throw UserError("no format is called '" + std::string(text) + "'", "known: fp16, bf16, tf32, fp32",
                  did_you_mean(text, {"fp16", "bf16", "tf32", "fp32"}));
}

void round_to(Format format, std::span<float> values) {
  HWY_DYNAMIC_DISPATCH(RoundTo)(format, values.data(), values.size());
}

float round_to(Format format, float value) {
  round_to(format, {&value, 1});
  return value;
}

void to_bf16(std::span<const float> values, std::span<std::uint16_t> out) {
  HWY_DYNAMIC_DISPATCH(UpperHalves)(values.data(), values.size(), out.data());
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
