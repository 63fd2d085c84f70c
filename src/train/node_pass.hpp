#pragma once

#include <cstdint>
#include <exception>
#include <optional>

#include "acrtc/train/gradient_sum.hpp"
#include "acrtc/train/trainer.hpp"
#include "epoch_batches.hpp"
#include "layer_intervals.hpp"
#include "micro_batch_sum.hpp"
#include "pass_cost.hpp"
#include "probe.hpp"
#include "step_account.hpp"

namespace acrtc::train {

/// Runs forward and backward for each of this rank's nodes, prices it, and hands the gradients to their sum.
class NodePasses {
 public:
  NodePasses(const TrainParts& parts, const TrainOptions& options, GradientSum& gradients, LayerIntervals& intervals);

  /// One step of all local nodes on the next micro-batches. Where a node fails with UserError the rank goes on without
  /// computing, so that others do not wait for its gradients in vain; rethrow_failure() tells.
  StepReport run(const StepPlace& place, EpochBatches& batches, double loss_scale);
  void rethrow_failure() const;
  /// Index of the first layer whose output made a loss of the step not finite; as many as there are layers where none
  /// did. The network itself knows the outputs of the last node alone.
  std::int64_t layer_at_fault() const { return layer_at_fault_; }

 private:
  void run_node(std::int64_t node, const StepPlace& place, EpochBatches& batches);
  SampleSum pass(std::int64_t node, const StepPlace& place, EpochBatches& batches);
  SampleSum forward(const network::PassContext& context, const dataset::Batch& batch);

  const TrainParts& parts_;
  const TrainOptions& options_;
  GradientSum& gradients_;
  LayerIntervals& intervals_;
  Range nodes_;
  PassPricer pricer_;
  MicroBatchSum micro_batches_;
  std::exception_ptr failure_;

  // Of the current step.
  double loss_scale_ = 1;
  std::int64_t layer_at_fault_ = 0;
  std::optional<GemmProbe> probe_;
  StepReport report_;
};

}  // namespace acrtc::train
