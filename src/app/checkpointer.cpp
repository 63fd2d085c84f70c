#include "checkpointer.hpp"

#include <filesystem>
#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::app {
namespace {

/// Of the best checkpoint that an earlier part of the run has left; a damaged one is replaced by the next epoch's.
double accuracy_before(const record::CheckpointFolder& folder) {
  try {
    if (std::filesystem::exists(folder.best())) return record::read_checkpoint(folder.best()).test_accuracy;
  } catch (const UserError&) {
  }
  return -std::numeric_limits<double>::infinity();
}

}  // namespace

Checkpointer::Checkpointer(record::RunLog& log, record::CheckpointFolder folder, record::Checkpoint form,
                           const CheckpointTimes& times)
    : log_(log),
      folder_(std::move(folder)),
      checkpoint_(std::move(form)),
      times_(times),
      best_accuracy_(accuracy_before(folder_)) {}

void Checkpointer::on_step(const train::StepRecord& record) {
  step_is_due_ = times_.every_steps > 0 && (record.step + 1) % times_.every_steps == 0;
}

void Checkpointer::on_epoch(const train::EpochRecord& record) {
  epoch_ended_ = true;
  checkpoint_.test_accuracy = record.test_accuracy;
}

train::Wish Checkpointer::after_step() {
  const double minutes = std::chrono::duration<double>(Clock::now() - written_).count() / 60;
  const bool time_is_due = times_.every_minutes > 0 && minutes >= times_.every_minutes;
  return step_is_due_ || epoch_ended_ || time_is_due ? train::Wish::save : train::Wish::go_on;
}

void Checkpointer::on_state(train::TrainingState& state) {
  log_.sync();
  checkpoint_.log = log_.mark();
  checkpoint_.state = std::move(state);
  // The best one first: a run that dies between the two comes by here again.
  if (std::exchange(epoch_ended_, false) && checkpoint_.test_accuracy > best_accuracy_) {
    folder_.write_best(checkpoint_);
    best_accuracy_ = checkpoint_.test_accuracy;
  }
  folder_.write(checkpoint_);
  checkpoint_.state = {};
  written_ = Clock::now();
}

}  // namespace acrtc::app
