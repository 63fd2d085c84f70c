#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "acrtc/base/settings.hpp"

namespace acrtc::train {

/// The learning rate of each step: `fixed`, `step` (times gamma at given epochs), `inv` (Caffe's
/// base*(1+gamma*t)^-power), `poly` (base*(1-t/T)^power) or `cosine`, after a linear warm-up. t counts steps from the
/// end of the warm-up, T is their number; milestones count from the run's beginning.
class LearningRate {
 public:
  /// Settings of table [schedule], see schema(). `steps_per_epoch` and `total_steps` are at least 1.
  LearningRate(const Settings& settings, std::int64_t steps_per_epoch, std::int64_t total_steps);
  static const Schema& schema();

  double at(std::int64_t step) const;
  double max() const;  ///< over the whole run

 private:
  double after_warm_up(std::int64_t step) const;

  std::string policy_;
  double base_, gamma_, power_, warm_up_start_;
  std::int64_t warm_up_steps_, total_steps_;
  std::vector<std::int64_t> milestones_;  ///< steps
};

}  // namespace acrtc::train
