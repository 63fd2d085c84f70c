#pragma once

#include "acrtc/network/parameters.hpp"
#include "acrtc/train/gradient_sum.hpp"
#include "acrtc/train/optimizer.hpp"
#include "shared_parameters.hpp"

namespace acrtc::train {

/// Moves the weights along the sum of gradients. Each rank moves the elements that it has finished the sum of, and
/// brings them to all others: not every rank does the same work, and as much data travels as if sums did. (Rajbhandari
/// et al., ZeRO, SC 2020, doi:10.1109/SC41405.2020.00024, stage 1.) Optimizers that look at whole parameters are given
/// the whole sum instead.
class WeightUpdate {
 public:
  /// All must outlive this object.
  WeightUpdate(const SharedParameters& shared, network::ParameterStore& parameters, Optimizer& optimizer,
               const GradientSum& gradients, const comm::Communicator& ranks);

  /// After GradientSum::finish(). Running averages move by `average_factor` times what stands in place of gradients.
  void run(const Update& update, double average_factor);
  /// Makes the optimizer's state whole on every rank: each has kept up what it moves. All ranks together.
  void complete_state();

 private:
  void move(Update update, Range elements, double average_factor);
  void spread(const comm::HostArray& array);

  const SharedParameters& shared_;
  network::ParameterStore& parameters_;
  Optimizer& optimizer_;
  const GradientSum& gradients_;
  comm::Communicator ranks_;
};

}  // namespace acrtc::train
