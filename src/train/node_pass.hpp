#pragma once

#include <cstdint>
#include <exception>
#include <optional>

#include "acrtc/dataset/batch.hpp"
#include "acrtc/dataset/order.hpp"
#include "acrtc/train/gradient_sum.hpp"
#include "acrtc/train/trainer.hpp"
#include "layer_intervals.hpp"
#include "micro_batch_sum.hpp"
#include "pass_cost.hpp"
#include "probe.hpp"
#include "step_account.hpp"

namespace acrtc::train {

/// Where in the run a step stands.
struct StepPlace {
  std::int64_t step = 0, epoch = 0, step_of_epoch = 0;
};

/// Runs forward and backward for each of this rank's nodes, prices it, and hands the gradients to their sum.
class NodePasses {
 public:
  NodePasses(const TrainParts& parts, const TrainOptions& options, GradientSum& gradients, LayerIntervals& intervals);

  /// One step of all local nodes. Where a node fails with UserError the rank goes on, so that others do not wait for
  /// its gradients in vain; rethrow_failure() tells.
  StepReport run(const StepPlace& place, const dataset::EpochOrder& order, double loss_scale);
  void rethrow_failure() const;

 private:
  void run_node(std::int64_t node, std::span<const std::uint32_t> samples, const StepPlace& place);
  network::LossSum pass(std::int64_t node, std::span<const std::uint32_t> samples, const StepPlace& place);
  network::LossSum forward(const network::PassContext& context, const StepPlace& place);

  const TrainParts& parts_;
  const TrainOptions& options_;
  GradientSum& gradients_;
  LayerIntervals& intervals_;
  Range nodes_;
  PassPricer pricer_;
  MicroBatchSum micro_batches_;
  dataset::Batch batch_;
  std::exception_ptr failure_;

  // Of the current step.
  double loss_scale_ = 1;
  std::optional<GemmProbe> probe_;
  StepReport report_;
};

}  // namespace acrtc::train
