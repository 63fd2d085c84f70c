#include "node_pass.hpp"

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

StepReport NodePasses::run(const StepPlace& place, const dataset::EpochOrder& order, double loss_scale) {
  loss_scale_ = loss_scale;
  report_ = {};
  if (options_.probe_every > 0 && place.step % options_.probe_every == 0)
    probe_.emplace(parts_.scheme, parts_.network.gemms(), place.step / options_.probe_every);
  for (std::int64_t node = nodes_.begin; node < nodes_.end; ++node)
    run_node(node, order.share(place.step_of_epoch, node, options_.nodes), place);
  probe_.reset();
  return std::move(report_);
}

void NodePasses::rethrow_failure() const {
  if (failure_) std::rethrow_exception(failure_);
}

void NodePasses::run_node(std::int64_t node, std::span<const std::uint32_t> samples, const StepPlace& place) {
  network::LossSum loss;
  if (probe_) probe_->begin_pass();
  parts_.network.gemms().begin_pass(node);
  try {
    loss = pass(node, samples, place);
  } catch (const UserError&) {
    failure_ = std::current_exception();
  }
  const double gradient_norm = gradients_.end_node() / (loss_scale_ * static_cast<double>(options_.micro_batches));
  const auto& gemms = parts_.network.gemms().records();
  const PassCost cost = pricer_.price(gemms);
  report_.nodes.push_back(make_report(loss, gradient_norm, cost, gemms));
  if (probe_) report_.nodes.back().probe = probe_->error();
  report_.delay(cost.ready);
  intervals_.add(node, gemms, cost);
}

/// The parts of a batch one after the other. Their gradients are added up in order; with the last part's backward pass
/// sums become final.
network::LossSum NodePasses::pass(std::int64_t node, std::span<const std::uint32_t> samples, const StepPlace& place) {
  network::LossSum sum;
  const auto size = options_.micro_batch();
  micro_batches_.begin();
  for (std::int64_t begin = 0; begin < options_.batch; begin += size) {
    const network::PassContext context{network::Mode::training, node, static_cast<std::uint32_t>(place.step),
                                       samples.subspan(begin, size)};
    const auto loss = forward(context, place);
    sum.loss += loss.loss;
    sum.correct += loss.correct;
    sum.samples += loss.samples;
    if (begin + size < options_.batch) {
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

network::LossSum NodePasses::forward(const network::PassContext& context, const StepPlace& place) {
  dataset::read_batch(parts_.dataset, dataset::Split::train, static_cast<std::uint32_t>(place.epoch),
                      context.sample_ids, parts_.network.gemms().engine().threads(), batch_);
  return parts_.network.forward(context, batch_.images, batch_.labels, static_cast<float>(loss_scale_));
}

}  // namespace acrtc::train
