#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "acrtc/train/trainer.hpp"

namespace acrtc::app {

/// How progress is shown. `automatic`: a bar on a terminal, lines otherwise and under a launcher, where every stream
/// may look like a terminal.
enum class ProgressStyle { automatic, bar, lines, off };

/// Says on stderr how a run is getting on: samples/s, loss, accuracy, emulated time and energy saved so far (since it
/// was resumed), time left. A bar stays within the terminal's columns.
class Progress : public train::RunObserver {
 public:
  Progress(ProgressStyle style, std::int64_t total_steps);

  void on_step(const train::StepRecord& record) override;
  void on_epoch(const train::EpochRecord& record) override;
  /// A warning: it comes in every style.
  void on_damage(const dataset::Damage& damage) override;

 private:
  using Clock = std::chrono::steady_clock;

  void show(const train::StepRecord& record);
  void average(const train::StepRecord& record);
  /// Of little worth first, where room is short.
  std::vector<std::string> status(const train::StepRecord& record) const;

  ProgressStyle style_;
  std::int64_t total_steps_;
  Clock::time_point last_shown_;
  bool averages_ = false;           ///< a first step has been seen
  double loss_ = 0, accuracy_ = 0;  ///< smoothed over about 20 steps
  Seconds time_dense_, time_;
  Joules energy_dense_, energy_;
};

}  // namespace acrtc::app
