#include "acrtc/control/loss_windows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace acrtc::control {
namespace {

using Blocks = std::array<double, LossWindows::blocks>;
constexpr double count = LossWindows::blocks;

double mean(const Blocks& values) { return std::accumulate(values.begin(), values.end(), 0.0) / count; }

double variance(const Blocks& values) {
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return sum / (count - 1);
}

}  // namespace

std::int64_t LossWindows::length(std::int64_t steps_per_epoch) {
  return std::max(steps_per_epoch / 4, static_cast<std::int64_t>(blocks));
}

std::optional<LossFall> LossWindows::observe(const Observation& observation) {
  if (!std::isfinite(observation.loss)) return std::nullopt;
  const std::int64_t steps = length(observation.steps_per_epoch);
  const auto block = static_cast<std::size_t>(state_.steps * static_cast<std::int64_t>(blocks) / steps);
  state_.sums[block] += observation.loss;
  ++state_.counts[block];
  if (++state_.steps < steps) return std::nullopt;
  return complete(steps);
}

std::optional<LossFall> LossWindows::complete(std::int64_t steps) {
  Blocks means;
  for (std::size_t i = 0; i < blocks; ++i) means[i] = state_.sums[i] / static_cast<double>(state_.counts[i]);
  const Blocks before = state_.before;
  state_ = {.windows = state_.windows + 1, .before = means};
  if (state_.windows < 2) return std::nullopt;
  const double fall = mean(before) - mean(means);
  const double error = std::sqrt((variance(before) + variance(means)) / count);
  return LossFall{fall == 0 ? 0 : fall / error, mean(means), -fall / static_cast<double>(steps)};
}

}  // namespace acrtc::control
