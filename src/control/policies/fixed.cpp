#include "../levels.hpp"
#include "../state_bytes.hpp"

namespace acrtc::control {
namespace {

constexpr std::int64_t as_strength = -2;

const Setting<std::int64_t> strength{"strength", 0, "level in every role; -1 = off", off_level, 63};
const Setting<std::int64_t> forward{"forward", as_strength, "level in forward GEMMs; -2 = as strength", as_strength,
                                    63};
const Setting<std::int64_t> grad_input{"grad_input", as_strength, "level in grad_input GEMMs; -2 = as strength",
                                       as_strength, 63};
const Setting<std::int64_t> grad_weight{"grad_weight", as_strength, "level in grad_weight GEMMs; -2 = as strength",
                                        as_strength, 63};

/// One strength for the whole run. It knows no phases; what it logs is descent.
class Fixed : public Policy {
 public:
  Fixed(const Settings& settings, const PolicyContext& context)
      : strengths_{{role_strength(settings, forward, context), role_strength(settings, grad_input, context),
                    role_strength(settings, grad_weight, context)}} {}

  Decision start() override { return {.phase = Phase::descent, .strengths = strengths_, .evidence = {}}; }
  std::optional<Decision> observe(const Observation&) override { return std::nullopt; }

  std::vector<std::byte> save() const override { return {}; }
  void restore(std::span<const std::byte> state) override { restore_nothing(state); }

 private:
  static reuse::Strength role_strength(const Settings& settings, const Setting<std::int64_t>& role,
                                       const PolicyContext& context) {
    const auto& setting = settings[role] == as_strength ? strength : role;
    return to_strength(settings[setting], settings, setting.name, context);
  }

  reuse::RoleStrengths strengths_;
};

const Registration<Policy> registration{
    "fixed", "one strength for the whole run", describe(strength, forward, grad_input, grad_weight),
    [](const Settings& settings, const PolicyContext& context) { return std::make_unique<Fixed>(settings, context); }};

}  // namespace
}  // namespace acrtc::control
