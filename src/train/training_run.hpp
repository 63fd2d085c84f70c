#pragma once

#include <chrono>
#include <cstdint>

#include "acrtc/train/gradient_sum.hpp"
#include "acrtc/train/loss_scale.hpp"
#include "acrtc/train/trainer.hpp"
#include "epoch_batches.hpp"
#include "layer_intervals.hpp"
#include "node_pass.hpp"
#include "shared_parameters.hpp"
#include "step_account.hpp"
#include "strength_table.hpp"
#include "weight_update.hpp"

namespace acrtc::train {

/// The loop over epochs and steps: what all ranks do together. One run from the first step to the last.
class TrainingRun {
 public:
  /// All must outlive the run. `options` fit the parts.
  TrainingRun(const TrainParts& parts, const TrainOptions& options, RunObserver& observer);

  /// Goes on from `state` instead of the first step. Throws UserError where it is not of such a run.
  void restore(const TrainingState& state);
  Outcome run();

 private:
  void compare_weights() const;
  Outcome run_epoch();
  StepRecord run_step(const StepPlace& place, EpochBatches& batches);
  void end_epoch();
  void tell_damage();
  void tell_state();
  Wish agreed_wish();
  /// Complete on rank 0.
  TrainingState state();

  /// Throws Divergence where they are not finite after this step.
  void check_weights(std::int64_t step) const;
  Divergence diverged(std::int64_t step, const std::string& otherwise) const;
  StepAccount::Update move_weights(std::int64_t step, double gradient_norm);
  std::uint64_t hash_if_due(std::int64_t step);
  StepRecord make_record(const StepPlace& place, const StepReport& all, StepAccount::Update update) const;
  /// The decision with the trainer's own numbers beside the policy's.
  control::Decision with_evidence(control::Decision decision, const control::Observation& seen) const;
  /// Puts a decision into force.
  void follow(const control::Decision& decision);
  void set_strengths(const control::Decision& decision);

  bool is_root() const { return parts_.ranks.rank() == 0; }
  double wall_seconds() const;
  double learning_rate(std::int64_t step) const { return learning_rate_factor_ * parts_.learning_rate.at(step); }

  const TrainParts& parts_;
  const TrainOptions& options_;
  RunObserver& observer_;
  RunLength length_;
  int threads_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double wall_seconds_before_ = 0;  ///< of the run that is gone on with
  double epoch_began_ = 0;          ///< wall seconds
  SharedParameters shared_;
  GradientSum gradients_;
  LayerIntervals intervals_;
  WeightUpdate weights_;
  NodePasses passes_;
  StepAccount account_;
  StrengthTable strengths_;
  LossScale loss_scale_;
  double learning_rate_factor_ = 1;
  StepPlace place_;             ///< of the next step
  EpochRecord epoch_;           ///< of the current epoch's steps so far
  control::Decision decision_;  ///< in force
  ProbeResult probe_;           ///< the last of each kind
  bool begun_ = false;          ///< the policy has decided how to start
  bool damage_told_ = false;
};

}  // namespace acrtc::train
