#include "divergence.hpp"

#include <algorithm>
#include <iterator>

#include "acrtc/base/finite.hpp"

namespace acrtc::train {
namespace {

std::string fault(const char* what, const std::string& layer) {
  return std::string("not all ") + what + " of layer '" + layer + "' are finite";
}

/// The first layer whose output is not finite on some rank; as many as there are layers where there is none.
std::int64_t first_layer_at_fault(const TrainParts& parts, std::int64_t earlier) {
  const std::int64_t layers = std::ssize(parts.network.layers());
  return layers - parts.ranks.max(layers - std::min(earlier, parts.network.first_output_not_finite()));
}

/// The last parameter whose gradient is not finite on some rank, -1 where there is none. A rank has the sum in its own
/// slices alone, but what makes that not finite is not finite itself.
std::int64_t last_gradient_at_fault(const TrainParts& parts) {
  auto& parameters = parts.network.parameters();
  std::int64_t own = std::ssize(parameters.list()) - 1;
  while (own >= 0 && all_finite(parameters.gradients(static_cast<int>(own)))) --own;
  return parts.ranks.max(own);
}

/// In the order in which a step goes: with these weights forward, then backward from the last layer to the first.
std::string where_it_began(const TrainParts& parts, std::int64_t earlier, const std::string& otherwise) {
  auto& parameters = parts.network.parameters();
  const auto list = parameters.list();
  const auto layer = first_layer_at_fault(parts, earlier);
  const auto gradient = last_gradient_at_fault(parts);
  for (std::size_t i = 0; i < list.size(); ++i)
    if (!all_finite(parameters.values(static_cast<int>(i)))) return fault("weights", list[i].layer);
  if (layer < std::ssize(parts.network.layers()))
    return fault("outputs", parts.network.layers()[static_cast<std::size_t>(layer)].name);
  return gradient >= 0 ? fault("gradients", list[static_cast<std::size_t>(gradient)].layer) : otherwise;
}

}  // namespace

bool weights_are_finite(network::ParameterStore& parameters) { return all_finite(parameters.values()); }

Divergence divergence(std::int64_t step, const TrainParts& parts, std::int64_t layer, const std::string& otherwise) {
  return {"training diverged in step " + std::to_string(step), where_it_began(parts, layer, otherwise),
          "lower schedule.learning_rate or lengthen the warm-up"};
}

}  // namespace acrtc::train
