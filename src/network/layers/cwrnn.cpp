#include <algorithm>

#include "../clockwork_layer.hpp"

namespace acrtc::network {
namespace {

const Setting<std::vector<std::int64_t>> periods_setting{
    "periods", {1, 2, 4, 8}, "steps from one activity of each module to the next, ascending", 1, 1 << 20};

std::vector<std::int64_t> read_periods(const Settings& settings) {
  const std::vector<std::int64_t>& periods = settings[periods_setting];
  if (periods.empty() || !std::ranges::is_sorted(periods))
    settings.reject(periods_setting.name, "faster modules, of shorter periods, come first");
  return periods;
}

const Registration<Layer> registration{
    "cwrnn", "Clockwork RNN: modules at paces of their own that see slower ones",
    RecurrentLayer::schema() + describe(periods_setting), [](const Settings& settings, const LayerContext& context) {
      return std::make_unique<ClockworkLayer>(read_periods(settings), settings, context);
    }};

}  // namespace
}  // namespace acrtc::network
