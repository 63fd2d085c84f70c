#include "acrtc/network/network.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"
#include "elementwise.hpp"
#include "gradient_plan.hpp"
#include "loss.hpp"

namespace acrtc::network {
namespace {

constexpr int network_input = -1;

/// A seed for the layer's own draws: layers of one kind must not draw the same numbers.
std::uint64_t layer_seed(std::uint64_t seed, std::size_t layer) {
  constexpr std::uint32_t reserved_step = 0xffffffff;
  const auto words =
      Random(seed, RandomStream::dropout).words(reserved_step, reserved_step, static_cast<std::uint32_t>(layer));
  return (std::uint64_t{words[0]} << 32) | words[1];
}

}  // namespace

struct Network::Node {
  std::string name;
  std::unique_ptr<Layer> layer;
  GraphNode graph;
  Range parameters;  ///< of the flat store
  Tensor out;
};

Network::Network(const NetworkSpec& spec, SampleShape input, const NetworkOptions& options, GemmRunner& gemms)
    : gemms_(gemms), options_(options), input_shape_(input) {
  for (const LayerSpec& layer : spec.layers) add_layer(layer);
  check(spec);
  parameters_.finish(options.seed, gemms.engine().threads());
  allocate();
}

Network::~Network() = default;

int Network::find(const std::string& layer, const std::string& input) const {
  if (input == "input") return network_input;
  const auto found = std::ranges::find(nodes_, input, &Node::name);
  if (found != nodes_.end()) return static_cast<int>(found - nodes_.begin());
  std::vector<std::string> known{"input"};
  for (const Node& node : nodes_) known.push_back(node.name);
  throw UserError("layer '" + layer + "' takes its input from '" + input + "'", "no layer before it has that name",
                  did_you_mean(input, known));
}

void Network::add_layer(const LayerSpec& spec) {
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

  const std::int64_t first_parameter = parameters_.size();
  const std::size_t parameters_before = parameters_.list().size(), gemms_before = gemms_.list().size();
  const LayerContext context{
      spec.name,       shapes, options_.max_samples, needs_input_gradient, layer_seed(options_.seed, nodes_.size()),
      gemms_.engine(), gemms_, parameters_};
  auto layer = entry.make(Settings("network.layer." + spec.name, spec.settings, entry.schema), context);

  LayerInfo info{spec.name, spec.kind, shapes.front(), layer->output_shape(), 0, layer->macs(), false};
  for (const Parameter& parameter : parameters_.list().subspan(parameters_before)) info.parameters += parameter.size;
  info.has_gemm = gemms_.list().size() > gemms_before;
  graph.requires_gradient = needs_input_gradient || info.parameters > 0;
  graph.elements = info.output.elements();
  infos_.push_back(std::move(info));
  nodes_.push_back({spec.name, std::move(layer), std::move(graph), {first_parameter, parameters_.size()}, {}});
}

void Network::check(const NetworkSpec& spec) const {
  if (nodes_.empty()) throw UserError("network '" + spec.name + "' has no layers");
  for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) {
    const auto uses = [&](const Node& node) { return std::ranges::count(node.graph.inputs, static_cast<int>(i)) > 0; };
    if (!std::ranges::any_of(nodes_, uses))
      throw UserError("nothing uses the output of layer '" + nodes_[i].name + "'",
                      "only the last layer gives the logits");
  }
  const LayerInfo& last = infos_.back();
  if (last.output.elements() != options_.classes)
    throw UserError("the last layer '" + last.name + "' gives " + to_string(last.output) + " values",
                    "the data have " + std::to_string(options_.classes) + " classes");
}

void Network::allocate() {
  std::vector<GraphNode> graph;
  for (Node& node : nodes_) {
    graph.push_back(node.graph);
    node.out.resize(options_.max_samples, node.layer->output_shape());
  }
  input_.resize(options_.max_samples, input_shape_);
  plan_ = std::make_unique<GradientPlan>(plan_gradients(graph));
  gradients_.resize(plan_->elements.size());
  for (std::size_t i = 0; i < gradients_.size(); ++i) gradients_[i].resize(options_.max_samples, {plan_->elements[i]});
  loss_ = std::make_unique<CrossEntropy>(options_.classes, options_.label_smoothing, gemms_.engine());
}

std::int64_t Network::memory_bytes() const {
  std::int64_t elements = input_shape_.elements(), bytes = 0;
  for (const Node& node : nodes_) {
    elements += node.graph.elements;
    bytes += node.layer->memory_bytes();
  }
  for (const std::int64_t gradient : plan_->elements) elements += gradient;
  const auto real = static_cast<std::int64_t>(sizeof(float));
  return bytes + real * (elements * options_.max_samples + 2 * parameters_.size());
}

SampleShape Network::output_shape(int node) const {
  return node == network_input ? input_shape_ : nodes_[node].layer->output_shape();
}

const Tensor& Network::logits() const { return nodes_.back().out; }

std::vector<const Tensor*> Network::inputs_of(const Node& node) const {
  std::vector<const Tensor*> tensors;
  for (const int from : node.graph.inputs) tensors.push_back(from == network_input ? &input_ : &nodes_[from].out);
  return tensors;
}

LossSum Network::forward(const PassContext& pass, const Tensor& images, std::span<const std::int32_t> labels,
                         float gradient_scale) {
  require(images.shape() == input_shape_ && images.samples() <= options_.max_samples, "the batch fits the network");
  const std::int64_t samples = images.samples();
  input_.resize(samples, input_shape_);
  copy(gemms_.engine(), images.values(), input_.values());
  round_to_operands(gemms_, input_.values());
  for (Node& node : nodes_) {
    node.out.resize(samples, node.layer->output_shape());
    node.layer->forward(pass, inputs_of(node), node.out);
  }
  const LossSum sum = loss_->forward(logits(), labels);
  if (pass.mode == Mode::training) {
    Tensor& gradient = gradient_buffer(plan_->gradient.back(), logits());
    loss_->backward(labels, gradient_scale, gradient);
    round_to_operands(gemms_, gradient.values());
  }
  return sum;
}

Tensor& Network::gradient_buffer(int buffer, const Tensor& like) {
  Tensor& gradient = gradients_[buffer];
  gradient.resize(like.samples(), like.shape());
  return gradient;
}

void Network::backward(const PassContext& pass, const GradientsReady& ready) {
  require(pass.mode == Mode::training, "only a training pass has gradients");
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const Node& node = nodes_[i];
    if (!node.graph.requires_gradient) continue;
    backward_through(i, pass);
    if (ready && node.parameters.size() > 0) ready(node.parameters);
  }
}

void Network::backward_through(std::size_t index, const PassContext& pass) {
  Node& node = nodes_[index];
  const auto in = inputs_of(node);
  Tensor& d_out = gradients_[plan_->gradient[index]];
  if (plan_->summed[index]) round_to_operands(gemms_, d_out.values());
  const auto& targets = plan_->targets[index];
  std::vector<Tensor*> d_in;
  for (std::size_t i = 0; i < in.size(); ++i)
    d_in.push_back(targets[i].buffer < 0 ? nullptr : &gradient_buffer(targets[i].buffer, *in[i]));
  node.layer->backward(pass, in, node.out, d_out, d_in);
  for (std::size_t i = 0; i < in.size(); ++i)
    if (targets[i].adds)
      add(gemms_.engine(), d_in[i]->values(), gradients_[plan_->gradient[node.graph.inputs[i]]].values());
}

}  // namespace acrtc::network
