#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "acrtc/comm/communicator.hpp"
#include "acrtc/control/policy.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/hardware/cost.hpp"
#include "acrtc/hardware/interconnect.hpp"
#include "acrtc/network/network.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "acrtc/train/evaluate.hpp"
#include "acrtc/train/gradient_sum.hpp"
#include "acrtc/train/optimizer.hpp"
#include "acrtc/train/records.hpp"
#include "acrtc/train/schedule.hpp"
#include "acrtc/train/training_state.hpp"

namespace acrtc::train {

/// A layer, a role of it, or a role of all layers, that departs from the controller's strength. Of several rules that
/// fit a GEMM the last one holds.
struct StrengthRule {
  std::string layer;               ///< empty = every layer
  std::vector<reuse::Role> roles;  ///< empty = every role
  reuse::Strength strength;        ///< off() = nothing compared
};

struct TrainOptions {
  std::int64_t nodes = 1;   ///< emulated accelerators, a multiple of the ranks
  std::int64_t batch = 64;  ///< samples a node and step
  /// Into so many equal parts a node cuts its batch, one after the other, and adds up their gradients. Each is GEMMs
  /// and a batch normalisation of its own; memory is needed for one.
  std::int64_t micro_batches = 1;
  std::int64_t epochs = 1;
  std::int64_t max_steps = 0;  ///< stop after so many; 0 = no limit
  std::uint64_t seed = 1;
  Sync sync = Sync::tree;
  Bytes bucket{4.0 * 1024 * 1024};    ///< gradients exchanged at a time
  std::int64_t sample_every = 100;    ///< steps between exact per-GEMM rows
  std::int64_t probe_every = 0;       ///< steps between measurements of reuse's error; 0 = never
  std::int64_t verify_every = 100;    ///< steps between hashes of the weights, 0 = only at the end of an epoch
  double initial_loss_scale = 65536;  ///< fp16 only; doubled every loss_scale_window good steps, halved on overflow
  std::int64_t loss_scale_window = 1000;
  Loading loading = {};
  std::vector<StrengthRule> rules;
  std::int64_t lanes = 4, window = 4;  ///< of the scheme, for the cost model

  std::int64_t micro_batch() const { return batch / micro_batches; }  ///< samples
};

/// How long a run is. An incomplete last global batch of an epoch is dropped.
struct RunLength {
  std::int64_t steps_per_epoch = 0, total_steps = 0;
};
/// Throws UserError where the training split does not fill one global batch.
RunLength run_length(const dataset::Dataset& dataset, const TrainOptions& options);

/// What a run consists of. The trainer owns none of it.
struct TrainParts {
  const dataset::Dataset& dataset;
  const reuse::Scheme& scheme;  ///< the one that the network's GEMMs run under
  network::Network& network;    ///< built for at least a micro-batch of samples
  Optimizer& optimizer;
  const LearningRate& learning_rate;
  control::Policy& policy;
  const hardware::Accelerator& accelerator;
  const hardware::Interconnect& interconnect;
  const hardware::Collective& collective;
  const comm::Communicator& ranks;
};

/// What an observer wants to happen between two steps; of all ranks' wishes the last in this order comes true.
enum class Wish {
  go_on,
  save,   ///< tell the state, go on
  leave,  ///< tell the state, end the run here
  stop,   ///< end the run here, at once
};

/// Hears of everything that happens. Called on rank 0 alone, but for after_step() and on_activity().
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_decision(const control::Decision&) {}
  virtual void on_step(const StepRecord&) {}
  virtual void on_layers(const LayerRecord&) {}
  virtual void on_epoch(const EpochRecord&) {}
  /// Once, after the first epoch with broken samples: how many it had, and what is wrong with the first found.
  virtual void on_damage(const dataset::Damage&) {}
  /// The state that was wished for. Nobody else needs it: whoever keeps it may move it out.
  virtual void on_state(TrainingState&) {}
  /// What every rank does from now on, in the same order on all, for whoever asks where a run hangs.
  virtual void on_activity(std::int64_t /*step*/, const char* /*what*/) {}
  /// Asked on every rank after each step, and after the record of the epoch that ends with it.
  virtual Wish after_step() { return Wish::go_on; }
};

/// A loss, a gradient or, where they are to be kept or tested, a weight is not finite, though no loss scale is left to
/// halve. All ranks throw it alike.
class Divergence : public comm::SharedError {
 public:
  using SharedError::SharedError;
};

enum class Outcome { finished, interrupted };

/// Trains: for each step, each node of this rank runs forward and backward, gradients are summed over all nodes while
/// backward goes on, the optimizer moves the weights, the controller hears of it.
class Trainer {
 public:
  /// Throws UserError where the ranks do not divide the nodes, a batch does not fit, or a rule names an unknown layer.
  /// Does not communicate.
  Trainer(const TrainParts& parts, const TrainOptions& options);
  ~Trainer();

  /// Throws UserError, on all ranks together, where a sample cannot be read, training diverges (Divergence), or the
  /// ranks' weights differ. On several ranks the network's parameters move into other memory (ParameterStore::move_to).
  Outcome run(RunObserver& observer);
  /// The same from where `state` was told. Every rank is given all of it. Throws UserError on all ranks where the state
  /// is not of such a run.
  Outcome resume(TrainingState state, RunObserver& observer);

  std::int64_t steps_per_epoch() const;
  std::int64_t total_steps() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrtc::train
