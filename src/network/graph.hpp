#pragma once

#include <memory>
#include <string>
#include <vector>

#include "acrtc/network/network.hpp"
#include "gradient_plan.hpp"

namespace acrtc::network {

/// The layers of a network and how they are connected, without memory for tensors.
class LayerGraph {
 public:
  struct Node {
    std::string name;
    std::unique_ptr<Layer> layer;
    GraphNode graph;
    Range parameters;      ///< trained ones, of the flat store
    bool skipped = false;  ///< a ReLU that the layer before has taken over: nobody reads its output
  };

  /// Stands for the network's input where an index of a layer is expected.
  static constexpr int network_input = -1;

  /// Layers add their parameters to `parameters`, their GEMMs to `gemms`. Throws UserError naming the layer that does
  /// not fit.
  LayerGraph(const NetworkSpec& spec, SampleShape input, const NetworkOptions& options, GemmRunner& gemms,
             ParameterStore& parameters);

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<LayerInfo>& infos() const { return infos_; }
  SampleShape output_shape(int node) const { return node == network_input ? input_ : infos_[node].output; }

 private:
  void add(const LayerSpec& spec, const NetworkOptions& options, GemmRunner& gemms, ParameterStore& parameters);
  void check(const NetworkSpec& spec, std::int64_t classes) const;
  void fuse_rectifiers();
  std::int64_t count_uses(int node) const;
  int find(const std::string& layer, const std::string& input) const;

  SampleShape input_;
  std::vector<Node> nodes_;
  std::vector<LayerInfo> infos_;
};

}  // namespace acrtc::network
