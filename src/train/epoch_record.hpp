#pragma once

#include "acrtc/train/records.hpp"

namespace acrtc::train {

/// Adds a step to its epoch: times and energies as sums, loss and accuracy as means over the steps so far, of which
/// there were `steps_before`.
void add_step(const StepRecord& step, EpochRecord& epoch, std::int64_t steps_before);

}  // namespace acrtc::train
