#include "levels.hpp"

#include <algorithm>
#include <cmath>

namespace acrtc::control {

reuse::Strength to_strength(std::int64_t level, const Settings& settings, const std::string& name,
                            const PolicyContext& context) {
  if (context.max_level == 0) return {static_cast<int>(std::min<std::int64_t>(level, 0))};
  if (level > context.max_level)
    settings.reject(name, "the scheme's largest level in this format is " + std::to_string(context.max_level));
  return {static_cast<int>(level)};
}

reuse::RoleStrengths read_levels(const Settings& settings, const Setting<Levels>& setting, const PolicyContext& context,
                                 double fallback) {
  const Levels& levels = settings[setting];
  if (levels.empty()) return all_roles({static_cast<int>(std::lround(fallback * context.max_level))});
  const auto strength = [&](std::size_t i) { return to_strength(levels[i], settings, setting.name, context); };
  if (levels.size() == 1) return all_roles(strength(0));
  if (levels.size() != 3)
    settings.reject(setting.name, "give one level, or three for forward, grad_input, grad_weight");
  return {{strength(0), strength(1), strength(2)}};
}

reuse::RoleStrengths finer(reuse::RoleStrengths strengths, std::int64_t notches, const reuse::RoleStrengths& floor) {
  for (const reuse::Role role : reuse::roles) {
    const std::int64_t level = strengths[role].level, lowest = std::max(0, floor[role].level);
    if (level > lowest) strengths[role].level = static_cast<int>(std::max(lowest, level - notches));
  }
  return strengths;
}

}  // namespace acrtc::control
