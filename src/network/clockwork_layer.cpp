#include "clockwork_layer.hpp"

#include <algorithm>
#include <cmath>

namespace acrtc::network {

ClockworkLayer::ClockworkLayer(const std::vector<std::int64_t>& periods, const Settings& settings,
                               const LayerContext& context)
    : RecurrentLayer(settings, context), width_(units() / std::ssize(periods)) {
  const std::int64_t count = std::ssize(periods);
  if (units() % count != 0)
    settings.reject("outputs", std::to_string(count) + " modules cannot share so many units alike");
  modules().reserve(periods.size());
  for (std::int64_t i = 0; i < count; ++i) {
    ModuleShape shape = whole_module(width_);
    if (count > 1) shape.suffix = std::to_string(i + 1);
    shape.seen = {i * width_, units()};
    shape.period = periods[i];
    add_module(shape, context);
  }
}

void ClockworkLayer::move(std::int64_t sample, std::int64_t step, std::span<const float> before,
                          std::span<float> after) {
  std::ranges::copy(before, after.begin());
  for (std::size_t i = 0; i < modules().size(); ++i)
    if (modules()[i].active_at(step))
      std::ranges::transform(modules()[i].z(sample, step), units_of(i, after).begin(),
                             [](float z) { return std::tanh(z); });
}

/// What an active module had before is forgotten; a waiting one hands its gradient on.
void ClockworkLayer::move_back(std::int64_t sample, std::int64_t step, std::span<float> d_state) {
  const std::span<const float> after = state(sample, step);
  for (std::size_t i = 0; i < modules().size(); ++i) {
    if (!modules()[i].active_at(step)) continue;
    const auto gradient = units_of(i, d_state);
    const auto h = units_of(i, after);
    for (std::size_t u = 0; u < h.size(); ++u) gradient[u] *= 1 - h[u] * h[u];
    modules()[i].set_gradient(sample, step, gradient);
    std::ranges::fill(gradient, 0.0F);
  }
}

}  // namespace acrtc::network
