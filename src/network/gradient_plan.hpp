#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace acrtc::network {

/// A layer as the plan sees it. Layers come after their inputs.
struct GraphNode {
  std::vector<int> inputs;         ///< indices of layers; -1 = the network's input
  bool requires_gradient = false;  ///< of its output: it or a layer below has weights
  std::int64_t elements = 0;       ///< of one sample's output
};

/// Where the gradients of activations lie during backward(), from the last layer to the first. Buffers are shared by
/// gradients that never live at the same time; a chain of layers needs two.
struct GradientPlan {
  /// Where a layer writes the gradient of one of its inputs.
  struct Target {
    int buffer = -1;    ///< -1: nobody needs it
    bool adds = false;  ///< to be added to the gradient that another layer has written; the sum is rounded
  };

  std::vector<int> gradient;                 ///< buffer of each layer's output gradient; -1 = none
  std::vector<std::vector<Target>> targets;  ///< by layer and input
  std::vector<std::int64_t> elements;        ///< size of each buffer, for one sample
};

GradientPlan plan_gradients(std::span<const GraphNode> nodes);

}  // namespace acrtc::network
