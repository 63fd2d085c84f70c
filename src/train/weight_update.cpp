#include "weight_update.hpp"

namespace acrtc::train {

WeightUpdate::WeightUpdate(const SharedParameters& shared, network::ParameterStore& parameters, Optimizer& optimizer,
                           const GradientSum& gradients, const comm::Communicator& ranks)
    : shared_(shared), parameters_(parameters), optimizer_(optimizer), gradients_(gradients), ranks_(ranks) {}

void WeightUpdate::run(const Update& update, double average_factor) {
  if (!optimizer_.is_elementwise()) {
    spread(shared_.gradients);
    return move(update, {0, parameters_.size()}, average_factor);
  }
  SliceSpread weights(shared_.values, gradients_.slices(), ranks_);
  for (const Range bucket : gradients_.buckets()) {
    move(update, gradients_.slices().own(bucket), average_factor);
    weights.start(bucket);
  }
  weights.finish();
  parameters_.touch();
}

void WeightUpdate::complete_state() {
  if (!optimizer_.is_elementwise()) return;  // every rank has moved everything
  for (const auto array : optimizer_.state()) spread(array);
}

void WeightUpdate::move(Update update, Range elements, double average_factor) {
  update.elements = elements;
  optimizer_.step(parameters_, update);
  parameters_.update_averages(average_factor, elements);
}

void WeightUpdate::spread(const comm::HostArray& array) {
  SliceSpread spread(array, gradients_.slices(), ranks_);
  for (const Range bucket : gradients_.buckets()) spread.start(bucket);
  spread.finish();
}

}  // namespace acrtc::train
