#pragma once

#include <span>
#include <string>
#include <vector>

#include "acrtc/base/bytes.hpp"

namespace acrtc::control {

/// The bytes of a policy's state. State has no gaps between its members, so that equal states have equal bytes.
template <Plain State>
std::vector<std::byte> to_bytes(const State& state) {
  const auto bytes = std::as_bytes(std::span(&state, 1));
  return {bytes.begin(), bytes.end()};
}

/// Throws UserError where the bytes are not as many as `size`.
inline void check_size(std::span<const std::byte> bytes, std::size_t size) {
  if (bytes.size() != size)
    throw UserError("the controller's state cannot be restored",
                    std::to_string(bytes.size()) + " bytes instead of " + std::to_string(size),
                    "was it saved by another controller?");
}

template <Plain State>
State from_bytes(std::span<const std::byte> bytes) {
  check_size(bytes, sizeof(State));
  State state;
  take(bytes, std::span(&state, 1));
  return state;
}

/// For policies whose decisions depend on nothing but the step.
inline void restore_nothing(std::span<const std::byte> bytes) { check_size(bytes, 0); }

}  // namespace acrtc::control
