#include "graph.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"

namespace acrtc::network {
namespace {

/// A seed for the layer's own draws: layers of one kind must not draw the same numbers.
std::uint64_t layer_seed(std::uint64_t seed, std::size_t layer) {
  constexpr std::uint32_t reserved_step = 0xffffffff;
  const auto words =
      Random(seed, RandomStream::dropout).words(reserved_step, reserved_step, static_cast<std::uint32_t>(layer));
  return (std::uint64_t{words[0]} << 32) | words[1];
}

}  // namespace

LayerGraph::LayerGraph(const NetworkSpec& spec, SampleShape input, const NetworkOptions& options, GemmRunner& gemms,
                       ParameterStore& parameters)
    : input_(input) {
  for (const LayerSpec& layer : spec.layers) add(layer, options, gemms, parameters);
  check(spec, options.classes);
  fuse_rectifiers();
}

int LayerGraph::find(const std::string& layer, const std::string& input) const {
  if (input == "input") return network_input;
  const auto found = std::ranges::find(nodes_, input, &Node::name);
  if (found != nodes_.end()) return static_cast<int>(found - nodes_.begin());
  std::vector<std::string> known{"input"};
  for (const Node& node : nodes_) known.push_back(node.name);
  throw UserError("layer '" + layer + "' takes its input from '" + input + "'", "no layer before it has that name",
                  did_you_mean(input, known));
}

void LayerGraph::add(const LayerSpec& spec, const NetworkOptions& options, GemmRunner& gemms,
                     ParameterStore& parameters) {
  if (spec.name == "input" || std::ranges::count(nodes_, spec.name, &Node::name) > 0)
    throw UserError("two layers are called '" + spec.name + "'", "names of layers are unique and not 'input'");
  const auto& entry = Registry<Layer>::instance().find(spec.kind);
  GraphNode graph;
  for (const std::string& name : spec.inputs) graph.inputs.push_back(find(spec.name, name));
  if (spec.inputs.empty()) graph.inputs = {static_cast<int>(nodes_.size()) - 1};
  std::vector<SampleShape> shapes;
  for (const int from : graph.inputs) shapes.push_back(output_shape(from));
  const auto has_gradient = [&](int from) { return from >= 0 && nodes_[from].graph.requires_gradient; };
  const bool needs_input_gradient = std::ranges::any_of(graph.inputs, has_gradient);

  const std::int64_t first_parameter = parameters.size();
  const std::size_t parameters_before = parameters.list().size(), gemms_before = gemms.list().size();
  const LayerContext context{
      spec.name,      shapes, options.max_samples, needs_input_gradient, layer_seed(options.seed, nodes_.size()),
      gemms.engine(), gemms,  parameters};
  auto layer = entry.make(Settings("network.layer." + spec.name, spec.settings, entry.schema), context);

  LayerInfo info{.name = spec.name,
                 .kind = spec.kind,
                 .input = shapes.front(),
                 .output = layer->output_shape(),
                 .macs = layer->macs()};
  for (const SampleShape& shape : shapes) info.input_elements += shape.elements();
  for (const Parameter& parameter : parameters.list().subspan(parameters_before))
    if (parameter.is_trained()) info.parameters += parameter.size;
  info.has_gemm = gemms.list().size() > gemms_before;
  graph.requires_gradient = needs_input_gradient || info.parameters > 0;
  graph.elements = info.output.elements();
  infos_.push_back(std::move(info));
  nodes_.push_back({spec.name, std::move(layer), std::move(graph), {first_parameter, parameters.size()}});
}

void LayerGraph::check(const NetworkSpec& spec, std::int64_t classes) const {
  if (nodes_.empty()) throw UserError("network '" + spec.name + "' has no layers");
  if (std::ranges::none_of(infos_, &LayerInfo::has_gemm))
    throw UserError("network '" + spec.name + "' has no matrix products", "no layer of it multiplies by weights",
                    "add a convolution, an inner product or a recurrent layer");
  for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) {
    if (count_uses(static_cast<int>(i)) == 0)
      throw UserError("nothing uses the output of layer '" + nodes_[i].name + "'",
                      "only the last layer gives the logits");
  }
  const LayerInfo& last = infos_.back();
  if (last.output.elements() != classes)
    throw UserError("the last layer '" + last.name + "' gives " + to_string(last.output) + " values",
                    "the data have " + std::to_string(classes) + " classes");
}

std::int64_t LayerGraph::count_uses(int node) const {
  std::int64_t uses = 0;
  for (const Node& other : nodes_) uses += std::ranges::count(other.graph.inputs, node);
  return uses;
}

/// Whatever reads a ReLU reads the layer before it instead, where that has no other reader and can do its work.
void LayerGraph::fuse_rectifiers() {
  for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) {
    const int relu = static_cast<int>(i), before = nodes_[i].graph.inputs.front();
    if (infos_[i].kind != "relu" || before == network_input) continue;
    if (count_uses(before) > 1 || !nodes_[before].layer->rectify()) continue;
    nodes_[i].skipped = infos_[i].fused = true;
    nodes_[i].graph.elements = 0;
    for (Node& node : nodes_) std::ranges::replace(node.graph.inputs, relu, before);
  }
}

std::vector<LayerInfo> survey(const NetworkSpec& spec, SampleShape input, const NetworkOptions& options,
                              GemmRunner& gemms) {
  ParameterStore parameters;
  return LayerGraph(spec, input, options, gemms, parameters).infos();
}

}  // namespace acrtc::network
