#pragma once

#include <array>
#include <compare>

#include "acrtc/reuse/role.hpp"

namespace acrtc::reuse {

/// How strongly to reuse: an ordinal level that each scheme maps to its own parameters (`acrtc`: mantissa bits left out
/// of the key). Level 0 reuses equal operands only; `off` compares nothing and runs plain dense.
struct Strength {
  int level = 0;

  static constexpr Strength off() { return {-1}; }
  constexpr bool is_off() const { return level < 0; }
  friend constexpr auto operator<=>(Strength, Strength) = default;
};

/// One strength for each role: what a controller decides for all nodes.
struct RoleStrengths {
  std::array<Strength, 3> by_role{};

  Strength& operator[](Role role) { return by_role[static_cast<std::size_t>(role)]; }
  Strength operator[](Role role) const { return by_role[static_cast<std::size_t>(role)]; }
  friend bool operator==(const RoleStrengths&, const RoleStrengths&) = default;
};

}  // namespace acrtc::reuse
