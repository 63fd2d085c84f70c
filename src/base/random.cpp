#include "acrtc/base/random.hpp"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace acrtc {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

std::array<std::uint32_t, 4> Random::words(std::uint32_t major, std::uint32_t minor, std::uint32_t index) const {
  const r123::Philox4x32::ctr_type counter = {{index, minor, major, static_cast<std::uint32_t>(stream_)}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const auto out = r123::Philox4x32{}(counter, key);
  return {out[0], out[1], out[2], out[3]};
}

float Random::uniform(std::uint32_t major, std::uint32_t minor, std::uint32_t index) const {
  return static_cast<float>(words(major, minor, index)[0] >> 8) * 0x1p-24f;
}

std::uint64_t Random::below(std::uint64_t bound, std::uint32_t major, std::uint32_t minor, std::uint32_t index) const {
  const auto w = words(major, minor, index);
  const std::uint64_t word = (std::uint64_t{w[0]} << 32) | w[1];
  return static_cast<std::uint64_t>((static_cast<Wide>(word) * bound) >> 64);
}

float Random::normal(std::uint32_t major, std::uint32_t minor, std::uint32_t index) const {
  const auto w = words(major, minor, index);
  const double u = (static_cast<double>(w[0]) + 0.5) * 0x1p-32;
  const double v = static_cast<double>(w[1]) * 0x1p-32;
  return static_cast<float>(std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v));
}

void permute(std::span<std::uint32_t> out, const Random& random, std::uint32_t major) {
  std::iota(out.begin(), out.end(), 0U);
  for (std::size_t i = out.size(); i > 1; --i)
    std::swap(out[i - 1], out[random.below(i, major, 0, static_cast<std::uint32_t>(i))]);
}

}  // namespace acrtc
