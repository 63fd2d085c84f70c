#include "acrtc/reuse/format.hpp"

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "acrtc/reuse/values.hpp"

namespace acrtc::reuse {
namespace {

constexpr const char* names[] = {"fp16", "bf16", "tf32", "fp32"};

}  // namespace

const char* name(Format format) { return names[static_cast<int>(format)]; }

Format parse_format(std::string_view text) {
  for (const Format format : formats)
    if (text == name(format)) return format;
  throw UserError("no format is called '" + std::string(text) + "'", "known: fp16, bf16, tf32, fp32",
                  did_you_mean(text, {"fp16", "bf16", "tf32", "fp32"}));
}

void round_to(Format format, std::span<float> values) { round_into(values.data(), values_of(values, format)); }

float round_to(Format format, float value) {
  round_to(format, {&value, 1});
  return value;
}

void to_halves(Format format, std::span<const float> values, std::span<std::uint16_t> out) {
  round_into(values.data(), values_of(out, format));
}

}  // namespace acrtc::reuse
