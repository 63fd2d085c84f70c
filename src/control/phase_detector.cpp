#include "acrtc/control/phase_detector.hpp"

#include <utility>

namespace acrtc::control {
namespace {

/// Learning rates are products of decimal factors: 0.1 * 0.1 must count as a tenth of 0.1.
constexpr double slack = 1 + 1e-9;

bool low_rate(const Observation& observation) {
  return observation.learning_rate <= 0.1 * slack * observation.max_learning_rate;
}

}  // namespace

std::optional<PhaseEvent> PhaseDetector::observe(const Observation& observation) {
  const auto by_rate = judge_rate(observation);
  const auto fall = windows_.observe(observation);
  if (by_rate) return by_rate;
  return fall ? judge_loss(*fall, observation) : std::nullopt;
}

std::optional<PhaseEvent> PhaseDetector::judge_rate(const Observation& observation) {
  const double before = std::exchange(state_.learning_rate, observation.learning_rate);
  const double change = observation.learning_rate / before;  // NaN at the first step: neither rise nor drop
  const bool decaying = std::exchange(state_.rate_change, change) < 0.9;
  ++state_.steady;
  if (change > 1) {
    state_.steady = 0;
    if (state_.phase == Phase::warm_up) return std::nullopt;
    windows_.clear();
    return enter(Phase::warm_up, Reason::learning_rate_rise, {});
  }
  if (change <= 0.5 * slack && !decaying) {
    windows_.clear();
    return enter(Phase::descent, Reason::learning_rate_drop, {});
  }
  return std::nullopt;
}

std::optional<PhaseEvent> PhaseDetector::judge_loss(const LossFall& fall, const Observation& observation) {
  const Evidence evidence{.z = fall.z, .loss_mean = fall.mean, .loss_slope = fall.slope};
  const bool falling = fall.z > falling_z;
  if (state_.phase == Phase::warm_up) {
    if (state_.steady < LossWindows::length(observation.steps_per_epoch)) return std::nullopt;
    const PhaseEvent event = enter(Phase::descent, Reason::warm_up_over, evidence);
    state_.stalls = falling ? 0 : 1;
    return event;
  }
  if (!falling) return stalled(evidence, observation);
  state_.stalls = 0;
  if (state_.phase == Phase::descent) return std::nullopt;
  return enter(Phase::descent, Reason::loss_falling, evidence);
}

std::optional<PhaseEvent> PhaseDetector::stalled(const Evidence& evidence, const Observation& observation) {
  ++state_.stalls;
  if (state_.phase == Phase::convergence) return std::nullopt;
  const bool plateau = state_.phase == Phase::plateau || state_.stalls >= stalls_to_plateau;
  if (plateau && low_rate(observation)) return enter(Phase::convergence, Reason::converging, evidence);
  if (state_.stalls < stalls_to_plateau) return std::nullopt;
  return enter(Phase::plateau, Reason::loss_stalled, evidence);
}

PhaseEvent PhaseDetector::enter(Phase phase, Reason reason, const Evidence& evidence) {
  state_.phase = phase;
  state_.stalls = 0;
  return {phase, reason, evidence};
}

PhaseDetector::State PhaseDetector::state() const {
  State state = state_;
  state.windows = windows_.state();
  return state;
}

void PhaseDetector::restore(const State& state) {
  state_ = state;
  windows_.restore(state.windows);
}

}  // namespace acrtc::control
