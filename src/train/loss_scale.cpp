#include "acrtc/train/loss_scale.hpp"

#include <algorithm>

namespace acrtc::train {
namespace {

// Above it FP16 gradients would overflow sooner than anything underflows.
constexpr double largest_scale = 16777216;

}  // namespace

LossScale::LossScale(reuse::Format format, double initial, std::int64_t window)
    : dynamic_(format == reuse::Format::fp16),
      state_{.scale = dynamic_ ? std::clamp(initial, 1.0, largest_scale) : 1.0},
      window_(window) {}

void LossScale::count_good_step() {
  if (!dynamic_ || ++state_.good_steps < window_) return;
  state_.scale = std::min(2 * state_.scale, largest_scale);
  state_.good_steps = 0;
}

bool LossScale::back_off() {
  if (state_.scale <= 1) return false;
  state_.scale = std::max(state_.scale / 2, 1.0);
  state_.good_steps = 0;
  return true;
}

}  // namespace acrtc::train
