#pragma once

#include <chrono>

#include "acrtc/train/trainer.hpp"

namespace acrtc::app {

/// From now to the end of the process USR1 and USR2 are counted and do nothing else: a launcher sends them to every
/// rank, also to one that still starts or is on its way out, and one that died of them would take the job along.
void count_signals_to_leave();

/// Ends a run in time, when users and schedulers send signals: USR1 or USR2, from count_signals_to_leave() on, leaves
/// after the current step with a checkpoint; a second one, or TERM or INT while this object lives, stops after the
/// current step; a second TERM or INT ends the process at once. One object at a time; on every rank.
class Leaving : public train::RunObserver {
 public:
  /// `max_minutes`: leave with the first step that ends so long after now, 0 = never.
  explicit Leaving(double max_minutes);
  ~Leaving() override;
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;

  train::Wish after_step() override;
  /// TERM or INT where one came, else 0.
  int fatal_signal() const;

 private:
  using Clock = std::chrono::steady_clock;

  double max_minutes_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace acrtc::app
