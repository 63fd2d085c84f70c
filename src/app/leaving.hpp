#pragma once

#include <chrono>

#include "acrtc/train/trainer.hpp"

namespace acrtc::app {

/// Ends a run in time. From its making until its end it receives the signals that schedulers and users send: USR1 or
/// USR2 leaves after the current step with a checkpoint; a second one, TERM or INT stops after the current step; a
/// second TERM or INT ends the process at once. After it USR1 and USR2 are ignored. One object at a time; on every
/// rank.
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
