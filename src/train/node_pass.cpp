#include "node_pass.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "acrtc/base/error.hpp"
#include "summation_tree.hpp"

namespace acrtc::train {

NodePasses::NodePasses(const TrainParts& parts, const TrainOptions& options, GradientSum& gradients,
                       LayerIntervals& intervals)
    : parts_(parts),
      options_(options),
      gradients_(gradients),
      intervals_(intervals),
      nodes_(nodes_of_rank(parts.ranks.rank(), options.nodes, parts.ranks.size())),
      pricer_(parts, options, gradients.buckets()),
      micro_batches_(parts.network.parameters().gradients(), options.micro_batches,
                     parts.network.gemms().engine().threads()) {}

StepReport NodePasses::run(const StepPlace& place, EpochBatches& batches, double loss_scale) {
  loss_scale_ = loss_scale;
  report_ = {};
  layer_at_fault_ = std::ssize(parts_.network.layers());
  if (options_.probe_every > 0 && place.step % options_.probe_every == 0)
    probe_.emplace(parts_.scheme, parts_.network.gemms(), place.step / options_.probe_every);
  for (std::int64_t node = nodes_.begin; node < nodes_.end; ++node) run_node(node, place, batches);
  probe_.reset();
  return std::move(report_);
}

void NodePasses::rethrow_failure() const {
  if (failure_) std::rethrow_exception(failure_);
}

void NodePasses::run_node(std::int64_t node, const StepPlace& place, EpochBatches& batches) {
  SampleSum sum;
  if (probe_) probe_->begin_pass();
  parts_.network.gemms().begin_pass(node);
  try {
    if (!failure_) sum = pass(node, place, batches);
  } catch (const UserError&) {
    failure_ = std::current_exception();
  }
  const double gradient_norm = gradients_.end_node() / (loss_scale_ * static_cast<double>(options_.micro_batches));
  const auto& gemms = parts_.network.gemms().records();
  const PassCost cost = pricer_.price(gemms);
  report_.nodes.push_back(make_report(sum, gradient_norm, cost, gemms));
  if (probe_) report_.nodes.back().probe = probe_->errors();
  report_.delay(cost.ready);
  intervals_.add(node, gemms, cost);
}

/// The parts of a batch one after the other. Their gradients are added up in order; with the last part's backward pass
/// sums become final.
SampleSum NodePasses::pass(std::int64_t node, const StepPlace& place, EpochBatches& batches) {
  SampleSum sum;
  micro_batches_.begin();
  for (std::int64_t part = 1; part <= options_.micro_batches; ++part) {
    const MicroBatch batch = batches.next();
    const network::PassContext context{network::Mode::training, node, static_cast<std::uint32_t>(place.step),
                                       batch.samples};
    sum.add(forward(context, batch.content));
    if (part < options_.micro_batches) {
      parts_.network.backward(context);
      micro_batches_.keep();
    } else {
      parts_.network.backward(context, [&](Range parameters) {
        micro_batches_.finish(parameters);
        gradients_.ready(parameters);
      });
    }
  }
  return sum;
}

SampleSum NodePasses::forward(const network::PassContext& context, const dataset::Batch& batch) {
  const auto loss = parts_.network.forward(context, batch.images, batch.labels, static_cast<float>(loss_scale_));
  if (!std::isfinite(loss.loss)) layer_at_fault_ = std::min(layer_at_fault_, parts_.network.first_output_not_finite());
  return {loss, count_broken(parts_.dataset, dataset::Split::train, context.sample_ids)};
}

}  // namespace acrtc::train
