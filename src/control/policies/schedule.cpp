#include <algorithm>

#include "../levels.hpp"
#include "../state_bytes.hpp"

namespace acrtc::control {
namespace {

const Setting<Levels> epochs{"epochs", {0}, "epochs, from 0 and rising, at which a strength begins to hold", 0};
const Setting<Levels> strengths{"strengths", {0}, "level from each of these epochs on; -1 = off", off_level, 63};

/// Strengths by epoch. It knows no phases; what it logs is descent.
class Schedule : public Policy {
 public:
  Schedule(const Settings& settings, const PolicyContext& context) : epochs_(settings[epochs]) {
    if (epochs_.empty() || epochs_.front() != 0) settings.reject(epochs.name, "the first epoch must be 0");
    if (std::ranges::adjacent_find(epochs_, std::greater_equal{}) != epochs_.end())
      settings.reject(epochs.name, "epochs must rise");
    if (settings[strengths].size() != epochs_.size())
      settings.reject(strengths.name, "there are " + std::to_string(epochs_.size()) + " epochs");
    for (const std::int64_t level : settings[strengths])
      strengths_.push_back(to_strength(level, settings, strengths.name, context));
  }

  Decision start() override { return decision(0, Reason::start); }

  std::optional<Decision> observe(const Observation& observation) override {
    const std::int64_t next = observation.step + 1, steps = observation.steps_per_epoch;
    if (strength(next / steps) == strength(observation.step / steps)) return std::nullopt;
    Decision decision = this->decision(next / steps, Reason::scheduled);
    decision.step = next;
    return decision;
  }

  std::vector<std::byte> save() const override { return {}; }
  void restore(std::span<const std::byte> state) override { restore_nothing(state); }

 private:
  reuse::Strength strength(std::int64_t epoch) const {
    return strengths_[std::ranges::upper_bound(epochs_, epoch) - epochs_.begin() - 1];
  }
  Decision decision(std::int64_t epoch, Reason reason) const {
    return {.phase = Phase::descent, .strengths = all_roles(strength(epoch)), .reason = reason, .evidence = {}};
  }

  Levels epochs_;
  std::vector<reuse::Strength> strengths_;
};

const Registration<Policy> registration{"schedule", "strengths by epoch", describe(epochs, strengths),
                                        [](const Settings& settings, const PolicyContext& context) {
                                          return std::make_unique<Schedule>(settings, context);
                                        }};

}  // namespace
}  // namespace acrtc::control
