#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "acrtc/base/settings.hpp"
#include "acrtc/control/policy.hpp"
#include "acrtc/reuse/strength.hpp"

namespace acrtc::control {

using Levels = std::vector<std::int64_t>;

inline constexpr std::int64_t off_level = -1;

/// The level as a strength. Rejects the setting where the level is above `context.max_level`. A scheme without levels
/// ignores which it is, so that `dense` runs under any controller's settings.
reuse::Strength to_strength(std::int64_t level, const Settings& settings, const std::string& name,
                            const PolicyContext& context);

/// A setting of levels for forward, grad_input and grad_weight, or of one level for all. Where it is empty, the level
/// is `fallback` of the largest, rounded.
reuse::RoleStrengths read_levels(const Settings& settings, const Setting<Levels>& setting, const PolicyContext& context,
                                 double fallback);

constexpr reuse::RoleStrengths all_roles(reuse::Strength strength) { return {{strength, strength, strength}}; }

/// `notches` levels finer, but not below `floor`; what is off, or finer than `floor` already, stays.
reuse::RoleStrengths finer(reuse::RoleStrengths strengths, std::int64_t notches, const reuse::RoleStrengths& floor);

}  // namespace acrtc::control
