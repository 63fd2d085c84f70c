#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "acrtc/record/checkpoint.hpp"
#include "acrtc/record/run_log.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::app {

/// When checkpoints are written, beside the end of each epoch.
struct CheckpointTimes {
  std::int64_t every_steps = 0;  ///< 0 = not by steps
  double every_minutes = 0;      ///< 0 = not by time
};

/// Writes the run's state into files. On rank 0 alone.
class Checkpointer : public train::RunObserver {
 public:
  /// `form`: what all checkpoints of the run have in common, and the accuracy that a resumed run brings along. All rows
  /// of `log` are on the disk before a checkpoint is.
  Checkpointer(record::RunLog& log, record::CheckpointFolder folder, record::Checkpoint form,
               const CheckpointTimes& times);

  void on_step(const train::StepRecord& record) override;
  void on_epoch(const train::EpochRecord& record) override;
  void on_state(train::TrainingState& state) override;
  train::Wish after_step() override;

 private:
  using Clock = std::chrono::steady_clock;

  record::RunLog& log_;
  record::CheckpointFolder folder_;
  record::Checkpoint checkpoint_;  ///< its state is there while it is written only
  CheckpointTimes times_;
  Clock::time_point written_ = Clock::now();
  double best_accuracy_ = -std::numeric_limits<double>::infinity();
  bool step_is_due_ = false, epoch_ended_ = false;
};

}  // namespace acrtc::app
