#include "acrtc/train/loss_scale.hpp"

#include <algorithm>

namespace acrtc::train {
namespace {

// Above it FP16 gradients would overflow sooner than anything underflows.
constexpr double largest_scale = 16777216;

}  // namespace

LossScale::LossScale(reuse::Format format, double initial, std::int64_t window)
    : dynamic_(format == reuse::Format::fp16),
      scale_(dynamic_ ? std::clamp(initial, 1.0, largest_scale) : 1.0),
      window_(window) {}

void LossScale::count_good_step() {
  if (!dynamic_ || ++good_steps_ < window_) return;
  scale_ = std::min(2 * scale_, largest_scale);
  good_steps_ = 0;
}

bool LossScale::back_off() {
  if (scale_ <= 1) return false;
  scale_ = std::max(scale_ / 2, 1.0);
  good_steps_ = 0;
  return true;
}

}  // namespace acrtc::train
