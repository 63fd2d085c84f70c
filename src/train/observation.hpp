#pragma once

#include <cstdint>

#include "acrtc/control/policy.hpp"
#include "acrtc/train/records.hpp"
#include "step_account.hpp"

namespace acrtc::train {

/// What a controller hears beside the records of a step.
struct RunFacts {
  std::int64_t steps_per_epoch = 1;
  double max_learning_rate = 0;
  double gradient_norm = 0;  ///< of the step's mean gradient
};

/// `report` is that of all nodes. The same on every rank.
control::Observation observe(const StepRecord& record, const StepReport& report, const RunFacts& facts);

}  // namespace acrtc::train
