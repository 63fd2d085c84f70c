#include "pooling_plan.hpp"

#include <algorithm>

namespace acrtc::network {
namespace {

/// Inputs that the window of an output covers in one direction.
std::int64_t covered(std::int64_t output, std::int64_t kernel, std::int64_t stride, std::int64_t pad,
                     std::int64_t input) {
  const std::int64_t begin = output * stride - pad;
  return std::min(begin + kernel, input) - std::max<std::int64_t>(begin, 0);
}

std::vector<float> counts_of(const PoolingPlan& plan, const PoolingSpec& spec) {
  const auto& [kind, input, output, w] = spec;
  std::vector<float> counts(static_cast<std::size_t>(plan.grid), 1.0F);
  for (std::int64_t plane = 0; plane < plan.together; ++plane)
    for (std::int64_t y = 0; y < output.height; ++y)
      for (std::int64_t x = 0; x < output.width; ++x)
        counts[static_cast<std::size_t>(plane * plan.step() + y * plan.pitch + x)] =
            static_cast<float>(covered(y, w.kernel_h, w.stride_h, w.pad_h, input.height) *
                               covered(x, w.kernel_w, w.stride_w, w.pad_w, input.width));
  return counts;
}

}  // namespace

PoolingPlan::PoolingPlan(const PoolingSpec& spec) {
  constexpr std::int64_t cached = 3 << 10;  // numbers: grids that the first-level cache holds
  const auto& [kind, input, output, w] = spec;
  inputs = {input.height, input.width, w.stride_h, w.stride_w, w.pad_h, w.pad_w};
  outputs = {output.height, output.width};
  const std::int64_t last_row = (w.kernel_h - 1) / w.stride_h, last_column = (w.kernel_w - 1) / w.stride_w;
  rows = std::max(output.height + last_row, (w.pad_h + input.height - 1) / w.stride_h + 1);
  pitch = std::max(output.width + last_column, (w.pad_w + input.width - 1) / w.stride_w + 1);
  together = std::max<std::int64_t>(cached / (phases() * step()), 1);
  reach = round_up(last_row * pitch + last_column + 1, block);
  grid = round_up(together * step(), block) + reach;
  origins.resize(static_cast<std::size_t>(phases()));
  for (std::int64_t tap = 0; tap < spec.taps(); ++tap) {
    const std::int64_t y = tap / w.kernel_w, x = tap % w.kernel_w;
    const std::int64_t phase = y % w.stride_h * w.stride_w + x % w.stride_w;
    const std::int64_t at = y / w.stride_h * pitch + x / w.stride_w;
    seen.push_back(phase * grid + at);
    auto& here = origins[static_cast<std::size_t>(phase)];
    here.insert(here.begin(), {at, static_cast<std::int32_t>(tap)});  // later taps belong to earlier outputs
  }
  if (kind == PoolingSpec::Kind::average) counts = counts_of(*this, spec);
}

bool PoolingPlan::suits(const PoolingSpec& spec) {
  const Window& w = spec.window;
  return w.stride_h <= 2 && w.stride_w <= 2 && spec.taps() <= 256 && spec.output_plane() > 1;
}

}  // namespace acrtc::network
