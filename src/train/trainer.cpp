#include "acrtc/train/trainer.hpp"

#include <algorithm>
#include <string>

#include "acrtc/base/error.hpp"
#include "strength_table.hpp"
#include "training_run.hpp"

namespace acrtc::train {
namespace {

/// Does not communicate: all ranks are given the same, so all refuse it alike; data that one rank alone cannot read are
/// for whoever builds the parts to fail together about.
void check(const TrainParts& parts, const TrainOptions& options) {
  const auto ranks = parts.ranks.size();
  if (options.nodes % ranks != 0)
    throw comm::SharedError(
        "cannot share " + std::to_string(options.nodes) + " nodes among " + std::to_string(ranks) + " ranks",
        "every rank emulates as many nodes as the others", "start a number of ranks that divides the nodes");
  require(options.sample_every > 0 && options.verify_every >= 0 && options.batch > 0, "options are positive");
  require(options.micro_batches > 0, "a batch has parts");
  if (options.batch % options.micro_batches != 0)
    throw comm::SharedError("cannot cut a batch of " + std::to_string(options.batch) + " samples into " +
                                std::to_string(options.micro_batches) + " micro-batches",
                            "they are equally large", "take a number that divides the batch");
  run_length(parts.dataset, options);
  StrengthTable(options.rules, parts.network.gemms().list());
}

}  // namespace

RunLength run_length(const dataset::Dataset& dataset, const TrainOptions& options) {
  const auto samples = dataset.size(dataset::Split::train), global_batch = options.nodes * options.batch;
  RunLength length;
  length.steps_per_epoch = samples / global_batch;
  if (length.steps_per_epoch == 0)
    throw UserError("a global batch of " + std::to_string(global_batch) + " samples is too large",
                    std::to_string(options.nodes) + " nodes take " + std::to_string(options.batch) +
                        " samples each, the training split has " + std::to_string(samples),
                    "take a smaller batch or fewer nodes");
  length.total_steps = options.epochs * length.steps_per_epoch;
  if (options.max_steps > 0) length.total_steps = std::min(length.total_steps, options.max_steps);
  return length;
}

class Trainer::Impl {
 public:
  Impl(const TrainParts& trained, const TrainOptions& wanted) : parts(trained), options(wanted) {
    check(parts, options);
  }

  TrainParts parts;
  TrainOptions options;
};

Trainer::Trainer(const TrainParts& parts, const TrainOptions& options)
    : impl_(std::make_unique<Impl>(parts, options)) {}
Trainer::~Trainer() = default;

Outcome Trainer::run(RunObserver& observer) { return TrainingRun(impl_->parts, impl_->options, observer).run(); }

Outcome Trainer::resume(TrainingState state, RunObserver& observer) {
  TrainingRun run(impl_->parts, impl_->options, observer);
  impl_->parts.ranks.fail_together([&] { run.restore(state); });
  state = {};  // not needed for the rest of the run, and as large as the weights and more
  return run.run();
}

std::int64_t Trainer::steps_per_epoch() const {
  return run_length(impl_->parts.dataset, impl_->options).steps_per_epoch;
}
std::int64_t Trainer::total_steps() const { return run_length(impl_->parts.dataset, impl_->options).total_steps; }

}  // namespace acrtc::train
