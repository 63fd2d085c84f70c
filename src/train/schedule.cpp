#include "acrtc/train/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "acrtc/base/error.hpp"

namespace acrtc::train {
namespace {

const Setting<double> learning_rate{"learning_rate", 0.01, "learning rate at the end of the warm-up", 0, 1000};
const Setting<std::string> policy{.name = "policy",
                                  .fallback = "fixed",
                                  .help = "how the learning rate falls after the warm-up",
                                  .choices = {"fixed", "step", "inv", "poly", "cosine"}};
const Setting<double> gamma_setting{"gamma", 0.1, "step: factor at each milestone; inv: fall per step", 0, 1};
const Setting<double> power{"power", 1.0, "exponent of inv and poly", 0, 10};
const Setting<std::vector<std::int64_t>> milestones{"milestones",
                                                    {},
                                                    "step: epochs at which the rate is multiplied by "
                                                    "gamma",
                                                    0,
                                                    1e9};
const Setting<double> warm_up_epochs{"warm_up_epochs", 0.0, "length of the linear warm-up in epochs", 0, 1e6};
const Setting<double> warm_up_factor{"warm_up_factor", 0.1, "share of the learning rate at which the warm-up begins", 0,
                                     1};

}  // namespace

const Schema& LearningRate::schema() {
  static const Schema schema =
      describe(learning_rate, policy, gamma_setting, power, milestones, warm_up_epochs, warm_up_factor);
  return schema;
}

LearningRate::LearningRate(const Settings& settings, std::int64_t steps_per_epoch, std::int64_t total_steps)
    : policy_(settings[policy]),
      base_(settings[learning_rate]),
      gamma_(settings[gamma_setting]),
      power_(settings[power]),
      warm_up_start_(base_ * settings[warm_up_factor]),
      warm_up_steps_(std::llround(settings[warm_up_epochs] * static_cast<double>(steps_per_epoch))),
      total_steps_(total_steps) {
  require(steps_per_epoch >= 1 && total_steps >= 1, "a schedule covers at least one step");
  for (const auto epoch : settings[milestones]) milestones_.push_back(epoch * steps_per_epoch);
}

double LearningRate::at(std::int64_t step) const {
  if (step >= warm_up_steps_) return after_warm_up(step);
  const double share = static_cast<double>(step) / static_cast<double>(warm_up_steps_);
  return warm_up_start_ + (base_ - warm_up_start_) * share;
}

double LearningRate::after_warm_up(std::int64_t step) const {
  const auto t = static_cast<double>(step - warm_up_steps_);
  const auto length = static_cast<double>(total_steps_ - warm_up_steps_);
  if (policy_ == "step") {
    const auto passed = std::ranges::count_if(milestones_, [&](std::int64_t milestone) { return milestone <= step; });
    return base_ * std::pow(gamma_, static_cast<double>(passed));
  }
  if (policy_ == "inv") return base_ * std::pow(1 + gamma_ * t, -power_);
  if (policy_ == "poly") return base_ * std::pow(1 - t / length, power_);
  if (policy_ == "cosine") return base_ * 0.5 * (1 + std::cos(std::numbers::pi * t / length));
  return base_;
}

// No policy ever raises the rate, so it is largest where the warm-up ends or the run does.
double LearningRate::max() const { return at(std::min(warm_up_steps_, total_steps_ - 1)); }

}  // namespace acrtc::train
