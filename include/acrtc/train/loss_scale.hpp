#pragma once

#include <cstdint>

#include "acrtc/reuse/format.hpp"

namespace acrtc::train {

/// Dynamic loss scaling: keeps small FP16 gradients from vanishing (Micikevicius et al., ICLR 2018, arXiv:1710.03740).
/// The scale doubles after so many good steps in a row and halves on each overflow, always a power of two times the
/// initial value, between 1 and 2^24. Formats with an exponent as wide as FP32's need none: there it stays at 1.
class LossScale {
 public:
  /// `window`: good steps before the scale doubles.
  LossScale(reuse::Format format, double initial, std::int64_t window);

  double scale() const { return state_.scale; }
  /// After a step whose gradients were all finite.
  void count_good_step();
  /// After a step with a gradient that was not. False where the scale cannot fall any more: training has diverged.
  bool back_off();

  /// All that changes: part of a checkpoint.
  struct State {
    double scale = 1;
    std::int64_t good_steps = 0;  ///< since the scale changed
  };
  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  bool dynamic_;
  State state_;
  std::int64_t window_;
};

}  // namespace acrtc::train
