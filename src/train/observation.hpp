#pragma once

#include <cstdint>

#include "acrtc/control/policy.hpp"
#include "acrtc/train/records.hpp"

namespace acrtc::train {

/// What a controller hears beside the record of a step.
struct RunFacts {
  std::int64_t steps_per_epoch = 1;
  double max_learning_rate = 0;
};

/// All that it hears follows from what the log holds, so that decisions can be replayed. The same on every rank.
control::Observation observe(const StepRecord& record, const RunFacts& facts);

}  // namespace acrtc::train
