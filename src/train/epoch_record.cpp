#include "epoch_record.hpp"

namespace acrtc::train {

void add_step(const StepRecord& step, EpochRecord& epoch, std::int64_t steps_before) {
  const auto steps = static_cast<double>(steps_before + 1);
  epoch.train_loss += (step.loss - epoch.train_loss) / steps;
  epoch.train_accuracy += (step.accuracy - epoch.train_accuracy) / steps;
  epoch.time_dense += step.time_dense;
  epoch.time += step.time;
  epoch.energy_dense += step.energy_dense;
  epoch.energy += step.energy;
  epoch.replaced_samples += step.replaced_samples;
}

}  // namespace acrtc::train
