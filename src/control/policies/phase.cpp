#include <utility>

#include "../levels.hpp"
#include "../state_bytes.hpp"
#include "acrtc/control/phase_detector.hpp"

namespace acrtc::control {
namespace {

const Setting<Levels> warm_up{
    "warm_up", {}, "level in warm-up, or three by role; -1 = off; empty = 4/7 of the largest", off_level, 63};
const Setting<Levels> descent{
    "descent", {}, "level while the loss falls, or three by role; -1 = off; empty = 4/7 of the largest", off_level, 63};
const Setting<Levels> plateau{
    "plateau", {}, "level on the first plateau, or three by role; -1 = off; empty = 3/7 of the largest", off_level, 63};
const Setting<Levels> convergence{
    "convergence", {}, "level in convergence, or three by role; -1 = off; empty = 1/7 of the largest", off_level, 63};

/// Strong where precision is tolerated, in warm-up and descent; on each plateau one notch finer than on the one before,
/// down to the level of convergence. Where the loss falls again after a plateau, the finer level stays: the stronger
/// one is what had stopped it. A drop of the learning rate opens a new descent at full strength.
class ByPhase : public Policy {
 public:
  ByPhase(const Settings& settings, const PolicyContext& context)
      : warm_up_(read_levels(settings, warm_up, context, 4.0 / 7)),
        descent_(read_levels(settings, descent, context, 4.0 / 7)),
        plateau_(read_levels(settings, plateau, context, 3.0 / 7)),
        convergence_(read_levels(settings, convergence, context, 1.0 / 7)),
        strengths_(warm_up_) {}

  Decision start() override { return {.phase = Phase::warm_up, .strengths = warm_up_, .evidence = {}}; }

  std::optional<Decision> observe(const Observation& observation) override {
    const Phase phase_before = detector_.phase();
    const auto event = detector_.observe(observation);
    if (!event) return std::nullopt;
    if (event->phase == Phase::plateau) ++plateaus_;
    const auto before = std::exchange(strengths_, strengths_after(*event));
    if (event->phase == phase_before && strengths_ == before) return std::nullopt;
    return Decision{observation.step + 1, event->phase, strengths_, event->reason, event->evidence};
  }

  std::vector<std::byte> save() const override { return to_bytes(State{detector_.state(), strengths_, plateaus_}); }
  void restore(std::span<const std::byte> bytes) override {
    const auto state = from_bytes<State>(bytes);
    detector_.restore(state.detector);
    strengths_ = state.strengths;
    plateaus_ = state.plateaus;
  }

 private:
  struct State {
    PhaseDetector::State detector;
    reuse::RoleStrengths strengths;
    std::int32_t plateaus;
  };

  reuse::RoleStrengths strengths_after(const PhaseEvent& event) const {
    switch (event.phase) {
      case Phase::warm_up:
        return warm_up_;
      case Phase::descent:
        return event.reason == Reason::loss_falling ? strengths_ : descent_;
      case Phase::plateau:
        return finer(plateau_, plateaus_ - 1, convergence_);
      case Phase::convergence:
        return convergence_;
    }
    throw InternalError("a phase beyond the last");
  }

  reuse::RoleStrengths warm_up_, descent_, plateau_, convergence_;
  PhaseDetector detector_;
  reuse::RoleStrengths strengths_;  ///< in force
  std::int32_t plateaus_ = 0;
};

const Registration<Policy> registration{
    "phase", "by phase of training: strong while the loss falls, finer on each plateau, finest in convergence",
    describe(warm_up, descent, plateau, convergence), [](const Settings& settings, const PolicyContext& context) {
      return std::make_unique<ByPhase>(settings, context);
    }};

}  // namespace
}  // namespace acrtc::control
