#include "pass_cost.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"

namespace acrtc::train {
namespace {

using hardware::CostPair;
using network::GemmInfo;

/// An im2col matrix repeats the pixels of X: DRAM holds X itself.
hardware::StoredElements stored_elements(const GemmInfo& gemm, network::WeightGradientOperand operand) {
  if (gemm.stored_input == 0) return {};
  switch (gemm.role) {
    case reuse::Role::forward:
      return {.a = gemm.stored_input};
    case reuse::Role::grad_input:
      return {.c = gemm.stored_input};
    case reuse::Role::grad_weight:
      break;
  }
  if (operand == network::WeightGradientOperand::x) return {.a = gemm.stored_input};
  return {.b = gemm.stored_input};
}

/// Elements of one sample that a layer without GEMMs moves through DRAM.
struct MovedElements {
  std::int64_t forward = 0, backward = 0;
};

MovedElements moved_elements(const network::LayerInfo& layer) {
  if (layer.has_gemm) return {};
  const std::int64_t output = layer.output.elements();
  if (layer.fused) return {.backward = output};
  const std::int64_t all = layer.input_elements + output;
  return {.forward = all, .backward = 2 * all};
}

}  // namespace

Times times_of(const CostPair& cost) {
  return {.dense = cost.dense.time,
          .reuse = cost.reuse.time,
          .fixed = cost.reuse.bounds.fixed,
          .scaled = cost.reuse.bounds.scaled};
}

PassPricer::PassPricer(const TrainParts& parts, const TrainOptions& options, std::span<const Range> buckets)
    : accelerator_(parts.accelerator),
      infos_(parts.network.layers()),
      micro_batches_(static_cast<double>(options.micro_batches)),
      input_(hardware::traffic_cost(accelerator_, {static_cast<double>(options.batch * parts.dataset.input_bytes())})) {
  const double bytes = reuse::storage_bits(parts.network.gemms().options().format) / 8.0;
  const auto cost = [&](std::int64_t elements) {
    return hardware::traffic_cost(accelerator_, {bytes * static_cast<double>(options.batch * elements)});
  };
  for (const auto& info : infos_) {
    const MovedElements moved = moved_elements(info);
    layers_.push_back({.moves_forward = cost(moved.forward), .moves_backward = cost(moved.backward)});
  }
  add_gemms(parts, options);
  find_first_layers(parts.network.parameters(), buckets);
}

void PassPricer::add_gemms(const TrainParts& parts, const TrainOptions& options) {
  const auto& runner = parts.network.gemms();
  for (const GemmInfo& gemm : runner.list()) {
    const int layer = layer_index(gemm.layer), id = static_cast<int>(gemms_.size());
    (gemm.role == reuse::Role::forward ? layers_[layer].forward : layers_[layer].backward).push_back(id);
    gemms_.push_back({.m = gemm.m,
                      .n = gemm.n,
                      .k = gemm.k,
                      .calls = gemm.calls * options.micro_batches,
                      .role = gemm.role,
                      .stored = stored_elements(gemm, runner.options().weight_gradient_operand),
                      .format = runner.options().format,
                      .lanes = options.lanes,
                      .window = options.window});
  }
}

// Backward goes from the last layer to the first, so a bucket is complete with the first layer that it touches.
void PassPricer::find_first_layers(network::ParameterStore& parameters, std::span<const Range> buckets) {
  for (const Range bucket : buckets) {
    int first = static_cast<int>(layers_.size()) - 1;
    for (const auto& parameter : parameters.list())
      if (parameter.is_trained() && parameter.offset < bucket.end && bucket.begin < parameter.offset + parameter.size)
        first = std::min(first, layer_index(parameter.layer));
    first_layer_.push_back(first);
  }
}

int PassPricer::layer_index(std::string_view name) const {
  const auto found = std::ranges::find(infos_, name, &network::LayerInfo::name);
  require(found != infos_.end(), "every GEMM and parameter belongs to a layer");
  return static_cast<int>(found - infos_.begin());
}

PassCost PassPricer::price(std::span<const network::GemmRecord> records) const {
  PassCost cost;
  for (std::size_t id = 0; id < gemms_.size(); ++id) {
    auto work = gemms_[id];
    work.strength = records[id].strength;
    work.count = records[id].count;
    cost.gemms.push_back(hardware::gemm_cost(accelerator_, work));
  }
  cost.total = {input_, input_};
  for (const Layer& layer : layers_) cost.total += forward_cost(layer, cost);
  for (const Layer& layer : layers_) cost.total += backward_cost(layer, cost);
  cost.ready = ready_times(cost);
  return cost;
}

// Gradients are final in the backward pass of the last micro-batch alone. What is left of it when a bucket is complete
// are the layers before the bucket's first.
std::vector<Times> PassPricer::ready_times(const PassCost& cost) const {
  const Times end = times_of(cost.total);
  std::vector<Times> ready(first_layer_.size());
  CostPair before;  // backward passes of the layers before `layer`, all micro-batches
  for (int layer = 0; layer < std::ssize(layers_); ++layer) {
    const Times left = times_of(before);
    for (std::size_t bucket = 0; bucket < ready.size(); ++bucket)
      if (first_layer_[bucket] == layer)
        for (const TimeVariant time : time_variants) ready[bucket].*time = end.*time - left.*time / micro_batches_;
    before += backward_cost(layers_[layer], cost);
  }
  return ready;
}

CostPair PassPricer::forward_cost(const Layer& layer, const PassCost& cost) const {
  CostPair sum{layer.moves_forward, layer.moves_forward};
  for (const int id : layer.forward) sum += cost.gemms[id];
  return sum;
}

CostPair PassPricer::backward_cost(const Layer& layer, const PassCost& cost) const {
  CostPair sum{layer.moves_backward, layer.moves_backward};
  for (const int id : layer.backward) sum += cost.gemms[id];
  return sum;
}

}  // namespace acrtc::train
