#include "acrtc/dataset/crop_flip.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

enum Draw : std::uint32_t { draw_down, draw_right, draw_mirror };

}  // namespace

Placement CropFlip::draw(const SampleRequest& request) const {
  Placement placement;
  if (request.split != Split::train) return placement;
  const auto index = static_cast<std::uint32_t>(request.index);
  const auto shift = [&](Draw draw) {
    const auto positions = static_cast<std::uint64_t>(2 * options_.pad + 1);
    return static_cast<std::int64_t>(random_.below(positions, request.epoch, index, draw)) - options_.pad;
  };
  if (options_.pad > 0) placement.down = shift(draw_down), placement.right = shift(draw_right);
  if (options_.flip == Mirror::left_right && random_.below(2, request.epoch, index, draw_mirror) == 1)
    placement.mirror = Mirror::left_right;
  return placement;
}

void place(std::span<const float> image, const SampleShape& shape, const Placement& placement, std::span<float> out) {
  const auto [channels, height, width] = shape;
  require(std::ssize(image) == shape.elements() && image.size() == out.size(), "images have the shape");
  const std::int64_t left = std::clamp<std::int64_t>(placement.right, 0, width);
  const std::int64_t right = std::clamp<std::int64_t>(width + placement.right, 0, width);
  for (std::int64_t line = 0; line < channels * height; ++line) {
    float* const to = out.data() + line * width;
    const std::int64_t y = line % height - placement.down;
    std::fill(to, to + width, 0.0F);
    if (y < 0 || y >= height) continue;
    const float* const from = image.data() + (line - placement.down) * width;
    std::copy(from + left - placement.right, from + right - placement.right, to + left);
    if (placement.mirror == Mirror::left_right) std::reverse(to, to + width);
  }
}

}  // namespace acrtc::dataset
