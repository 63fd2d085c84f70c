#pragma once

#include <cstdint>
#include <optional>

#include "acrtc/control/loss_windows.hpp"
#include "acrtc/control/policy.hpp"

namespace acrtc::control {

/// A change of phase, or one more plateau within a plateau.
struct PhaseEvent {
  Phase phase;
  Reason reason;
  Evidence evidence;
};

/// Tells the phases of training apart by the loss, averaged over LossWindows, and the learning rate:
///   warm-up      the learning rate rises, or fewer than two windows are full;
///   descent      z > 3: the loss falls;
///   plateau      z <= 3 twice running;
///   convergence  plateau, and the learning rate at a tenth of its maximum or below.
/// A learning rate that drops to half or less from one step to the next empties the windows and returns to descent; one
/// that rises later empties them and returns to warm-up. A rate that has been decaying fast already (by more than a
/// tenth in the step before, as polynomials and cosines do in their last steps) does not drop. The rate rises until it
/// has not risen for the length of a window. After a single stall the phase before goes on.
class PhaseDetector {
 public:
  static constexpr double falling_z = 3;
  static constexpr std::int32_t stalls_to_plateau = 2;

  /// Plain bytes without gaps.
  struct State {
    LossWindows::State windows;
    double learning_rate = unknown;  ///< of the step before
    double rate_change = unknown;    ///< of that step: its rate by the one before
    std::int64_t steady = 0;         ///< steps since the learning rate rose
    Phase phase = Phase::warm_up;
    std::int32_t stalls = 0;  ///< windows running with z <= 3
  };

  Phase phase() const { return state_.phase; }

  /// Called once a step, in order. An event where the phase changes, where the learning rate drops, and where the loss
  /// has stalled twice more since the last plateau.
  std::optional<PhaseEvent> observe(const Observation& observation);

  State state() const;
  void restore(const State& state);

 private:
  std::optional<PhaseEvent> judge_rate(const Observation& observation);
  std::optional<PhaseEvent> judge_loss(const LossFall& fall, const Observation& observation);
  std::optional<PhaseEvent> stalled(const Evidence& evidence, const Observation& observation);
  PhaseEvent enter(Phase phase, Reason reason, const Evidence& evidence);

  LossWindows windows_;
  State state_;  ///< but for the windows
};

}  // namespace acrtc::control
