#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "acrtc/control/policy.hpp"

namespace acrtc::control::testing {

constexpr std::int64_t steps_per_epoch = 160;  // windows of 40 steps, blocks of 5
constexpr std::int64_t window = 40;

using Curve = std::function<double(std::int64_t step)>;

/// Uniform in [-1, 1), a function of the step alone.
inline double noise(std::int64_t step) {
  auto x = static_cast<std::uint64_t>(step) * 0x9E3779B97F4A7C15U;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27) * 0x94D049BB133111EBU;
  return static_cast<double>((x ^ x >> 31) >> 11) / static_cast<double>(std::int64_t{1} << 52) - 1;
}

inline Curve falling() {
  return [](std::int64_t step) { return 2 - 0.001 * static_cast<double>(step) + 0.02 * noise(step); };
}
inline Curve stalled() {
  return [](std::int64_t step) { return 1 + 0.02 * noise(step); };
}
inline Curve constant(double value) {
  return [value](std::int64_t) { return value; };
}
/// `first` before `step`, `then` from there on.
inline Curve change(std::int64_t at, Curve first, Curve then) {
  return [=](std::int64_t step) { return step < at ? first(step) : then(step); };
}

inline Observation observation(std::int64_t step, const Curve& loss, const Curve& rate = constant(0.1)) {
  Observation result;
  result.step = step;
  result.steps_per_epoch = steps_per_epoch;
  result.epoch = step / steps_per_epoch;
  result.loss = loss(step);
  result.learning_rate = rate(step);
  result.max_learning_rate = 0.1;
  return result;
}

inline std::vector<Observation> run(std::int64_t steps, const Curve& loss, const Curve& rate = constant(0.1)) {
  std::vector<Observation> result;
  for (std::int64_t step = 0; step < steps; ++step) result.push_back(observation(step, loss, rate));
  return result;
}

/// A training run in short: warm-up, descent, plateau, a drop of the rate, descent, plateau, and so on.
inline std::vector<Observation> whole_run() {
  const Curve rate = [](std::int64_t step) {
    if (step < 100) return 0.001 * static_cast<double>(step + 1);
    return step < 1000 ? 0.1 : 0.01;
  };
  const Curve loss = change(400, falling(), change(1000, stalled(), change(1200, falling(), stalled())));
  return run(2000, loss, rate);
}

}  // namespace acrtc::control::testing
