#include "acrtc/network/network.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/finite.hpp"
#include "elementwise.hpp"
#include "gradient_plan.hpp"
#include "graph.hpp"
#include "loss.hpp"

namespace acrtc::network {

Network::Network(const NetworkSpec& spec, SampleShape input, const NetworkOptions& options, GemmRunner& gemms)
    : gemms_(gemms),
      options_(options),
      input_shape_(input),
      graph_(std::make_unique<LayerGraph>(spec, input, options, gemms, parameters_)),
      input_(gemms.options().format) {
  parameters_.finish(options.seed, gemms.engine().threads());
  allocate();
}

Network::~Network() = default;

std::span<const LayerInfo> Network::layers() const { return graph_->infos(); }

void Network::allocate() {
  const reuse::Format format = gemms_.options().format;
  std::vector<GraphNode> graph;
  for (const auto& node : graph_->nodes()) {
    graph.push_back(node.graph);
    outputs_.emplace_back(format, node.skipped ? 0 : options_.max_samples, node.layer->output_shape());
  }
  input_.resize(options_.max_samples, input_shape_);
  plan_ = std::make_unique<GradientPlan>(plan_gradients(graph));
  for (const std::int64_t elements : plan_->elements)
    gradients_.emplace_back(format, options_.max_samples, SampleShape{elements});
  loss_ = std::make_unique<CrossEntropy>(options_.classes, options_.label_smoothing, gemms_.engine());
}

std::int64_t Network::memory_bytes() const {
  std::int64_t elements = input_shape_.elements(), bytes = 0;
  for (const auto& node : graph_->nodes()) {
    elements += node.graph.elements;
    bytes += node.layer->memory_bytes();
  }
  for (const std::int64_t gradient : plan_->elements) elements += gradient;
  return bytes + Activations::element_bytes(gemms_.options().format) * elements * options_.max_samples +
         2 * parameters_.size() * std::int64_t{sizeof(float)};
}

std::vector<const Activations*> Network::inputs_of(std::size_t layer) const {
  std::vector<const Activations*> tensors;
  for (const int from : graph_->nodes()[layer].graph.inputs)
    tensors.push_back(from == LayerGraph::network_input ? &input_ : &outputs_[from]);
  return tensors;
}

LossSum Network::forward(const PassContext& pass, const Tensor& images, std::span<const std::int32_t> labels,
                         float gradient_scale) {
  require(images.shape() == input_shape_ && images.samples() <= options_.max_samples, "the batch fits the network");
  const std::int64_t samples = images.samples();
  input_.resize(samples, input_shape_);
  round_into(gemms_.engine(), images.values(), input_.values());
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (graph_->nodes()[i].skipped) continue;
    outputs_[i].resize(samples, graph_->infos()[i].output);
    graph_->nodes()[i].layer->forward(pass, inputs_of(i), outputs_[i]);
  }
  return run_loss(pass, labels, gradient_scale);
}

std::int64_t Network::first_output_not_finite() const {
  std::vector<float> values;
  const auto is_finite = [&](const Activations& output) {
    values.resize(static_cast<std::size_t>(output.elements()));
    widen(gemms_.engine(), output.values(), values);
    return all_finite(values);
  };
  return std::ranges::find_if_not(outputs_, is_finite) - outputs_.begin();
}

LossSum Network::run_loss(const PassContext& pass, std::span<const std::int32_t> labels, float gradient_scale) {
  const Activations& out = outputs_.back();
  logits_.resize(out.samples(), out.shape());
  widen(gemms_.engine(), out.values(), logits_.values());
  const LossSum sum = loss_->forward(logits_, labels);
  if (pass.mode == Mode::training) {
    d_logits_.resize(out.samples(), out.shape());
    loss_->backward(labels, gradient_scale, d_logits_);
    Activations& gradient = gradient_buffer(plan_->gradient.back(), out);
    round_into(gemms_.engine(), d_logits_.values(), gradient.values());
  }
  return sum;
}

Activations& Network::gradient_buffer(int buffer, const Activations& like) {
  Activations& gradient = gradients_[buffer];
  gradient.resize(like.samples(), like.shape());
  return gradient;
}

void Network::backward(const PassContext& pass, const GradientsReady& ready) {
  require(pass.mode == Mode::training, "only a training pass has gradients");
  const Range averages{parameters_.trained_size(), parameters_.size()};
  if (ready && averages.size() > 0) ready(averages);
  for (std::size_t i = outputs_.size(); i-- > 0;) {
    const auto& node = graph_->nodes()[i];
    if (node.skipped || !node.graph.requires_gradient) continue;
    backward_through(i, pass);
    if (ready && node.parameters.size() > 0) ready(node.parameters);
  }
}

void Network::backward_through(std::size_t layer, const PassContext& pass) {
  const auto& node = graph_->nodes()[layer];
  const auto in = inputs_of(layer);
  Activations& d_out = gradients_[plan_->gradient[layer]];
  const auto& targets = plan_->targets[layer];
  std::vector<Activations*> d_in;
  for (std::size_t i = 0; i < in.size(); ++i)
    d_in.push_back(targets[i].buffer < 0 ? nullptr : &gradient_buffer(targets[i].buffer, *in[i]));
  node.layer->backward(pass, in, outputs_[layer], d_out, d_in);
  for (std::size_t i = 0; i < in.size(); ++i)
    if (targets[i].adds)
      add(gemms_.engine(), d_in[i]->values(), gradients_[plan_->gradient[node.graph.inputs[i]]].values());
}

}  // namespace acrtc::network
