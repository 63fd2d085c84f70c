#include "../levels.hpp"
#include "../state_bytes.hpp"
#include "acrtc/control/loss_windows.hpp"

namespace acrtc::control {
namespace {

/// 4 of bf16's 7 mantissa bits.
constexpr double start_share = 4.0 / 7;

const Setting<Levels> start_levels{
    "start", {}, "first level, or three by role; -1 = off; empty = 4/7 of the largest", off_level, 63};
const Setting<std::int64_t> finest{"finest", 0, "level below which nothing is refined", 0, 63};
const Setting<double> threshold{"threshold", 3, "fall of the loss, in standard errors, up to which it has stalled", 0,
                                100};

/// Starts strong and goes one notch finer whenever the loss stops falling from one window to the next. After a notch
/// the windows begin anew, so that each strength is judged by its own loss.
class Plateau : public Policy {
 public:
  Plateau(const Settings& settings, const PolicyContext& context)
      : start_(read_levels(settings, start_levels, context, start_share)),
        finest_(all_roles(to_strength(settings[finest], settings, finest.name, context))),
        threshold_(settings[threshold]) {}

  Decision start() override { return {.phase = Phase::descent, .strengths = start_, .evidence = {}}; }

  std::optional<Decision> observe(const Observation& observation) override {
    const auto fall = windows_.observe(observation);
    if (!fall || fall->z > threshold_) return std::nullopt;
    windows_.clear();
    const auto before = strengths();
    ++notches_;
    if (strengths() == before) return std::nullopt;
    return Decision{observation.step + 1,
                    Phase::plateau,
                    strengths(),
                    Reason::loss_stalled,
                    {.z = fall->z, .loss_mean = fall->mean, .loss_slope = fall->slope}};
  }

  std::vector<std::byte> save() const override { return to_bytes(State{windows_.state(), notches_}); }
  void restore(std::span<const std::byte> bytes) override {
    const auto state = from_bytes<State>(bytes);
    windows_.restore(state.windows);
    notches_ = state.notches;
  }

 private:
  struct State {
    LossWindows::State windows;
    std::int64_t notches;
  };

  reuse::RoleStrengths strengths() const { return finer(start_, notches_, finest_); }

  reuse::RoleStrengths start_, finest_;
  double threshold_;
  LossWindows windows_;
  std::int64_t notches_ = 0;
};

const Registration<Policy> registration{"plateau", "one notch finer whenever the loss stops falling",
                                        describe(start_levels, finest, threshold),
                                        [](const Settings& settings, const PolicyContext& context) {
                                          return std::make_unique<Plateau>(settings, context);
                                        }};

}  // namespace
}  // namespace acrtc::control
