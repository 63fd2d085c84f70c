#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "acrtc/control/policy.hpp"

namespace acrtc::control {

/// How much the loss fell from one window to the next.
struct LossFall {
  double z;  ///< (mean of the window before - mean) / standard error; 0 where nothing changed, infinite without noise
  double mean;   ///< of the last window
  double slope;  ///< change of the loss a step, from the middle of the window before to that of the last
};

/// Averages the loss over windows of a quarter epoch (at least 8 steps), one after another. The standard error of the
/// difference of two windows comes from the means of the 8 blocks that each is cut into: sqrt((s1^2 + s2^2) / 8).
/// A steady fall of the loss inside the windows counts as noise too and holds z of a noiseless curve at about 7.
/// Steps whose loss is not finite (overflow under loss scaling) are left out.
class LossWindows {
 public:
  static constexpr std::size_t blocks = 8;

  /// Everything the windows remember: plain bytes without gaps.
  struct State {
    std::int64_t steps = 0;    ///< in the window at hand
    std::int64_t windows = 0;  ///< completed since the start or since clear()
    std::array<double, blocks> sums{};
    std::array<std::int64_t, blocks> counts{};
    std::array<double, blocks> before{};  ///< block means of the last complete window
  };

  static std::int64_t length(std::int64_t steps_per_epoch);

  /// A fall where this step completes a window that has another before it.
  std::optional<LossFall> observe(const Observation& observation);
  /// Forgets all windows, complete or not.
  void clear() { state_ = {}; }

  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  std::optional<LossFall> complete(std::int64_t steps);

  State state_;
};

}  // namespace acrtc::control
