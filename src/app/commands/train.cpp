#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <optional>

#include "acrtc/record/run_log.hpp"
#include "acrtc/record/weights_file.hpp"
#include "acrtc/study/summary.hpp"
#include "capture.hpp"
#include "commands.hpp"
#include "config_options.hpp"
#include "job.hpp"
#include "observers.hpp"
#include "output_file.hpp"
#include "progress.hpp"
#include "provenance.hpp"
#include "trial.hpp"

namespace acrtc::app {
namespace {

const std::map<std::string, ProgressStyle> progress_styles{{"auto", ProgressStyle::automatic},
                                                           {"bar", ProgressStyle::bar},
                                                           {"lines", ProgressStyle::lines},
                                                           {"off", ProgressStyle::off}};

class Train : public Command {
 public:
  explicit Train(CLI::App& options) : config_(options) {
    options.add_option("-o,--out", out_, "the run log")->capture_default_str();
    options.add_flag("--overwrite", overwrite_, "replace a log that exists");
    options.add_option("--threads", threads_, "threads a rank; its CPUs where left out")->check(CLI::Range(1, 1024));
    options.add_option("--progress", progress_, "auto, bar, lines or off: what is said on stderr")
        ->transform(CLI::CheckedTransformer(progress_styles));
    options.add_option("--weights", weights_, "where the weights go; beside the log where left out");
    options.add_option("--capture", capture_, "write the operands of so many GEMMs of the run beside the log");
    options.add_flag("--dry-run", dry_run_, "check everything, try a few steps, say what the run will need");
  }

  void prepare(const Surroundings& surroundings) override {
    configuration_.emplace(config_.load());
    if (weights_.empty()) weights_ = sibling(out_, "weights").string();
    if (!dry_run_ && surroundings.ranks.rank() == 0) check_outputs();
    threads_ = threads_.value_or(surroundings.threads);
    job_.emplace(*configuration_, *threads_);
    trainer_.emplace(job_->parts(surroundings.ranks), job_->options());
  }

  int run(const Surroundings& surroundings) override {
    const comm::Communicator& ranks = surroundings.ranks;
    if (dry_run_) {
      fmt::print("{}", try_out(*job_, ranks));
      return status_ok;
    }
    const record::RunDescription description = describe(surroundings);
    Observers observers;
    if (ranks.rank() != 0) {
      trainer_->run(observers);
      return status_ok;
    }
    record::RunLog log(out_, description, log_options());
    Progress progress(progress_, job_->length().total_steps);
    std::optional<Capture> capture = start_capture();
    observers.add(log);
    observers.add(progress);
    const auto outcome = trainer_->run(observers);
    finish(log, outcome);
    study::print(std::cout, study::summarize(record::RunReader(out_)));
    return status_ok;
  }

 private:
  store::Existing existing() const { return overwrite_ ? store::Existing::replace : store::Existing::refuse; }
  std::int64_t captures() const { return capture_.value_or(configuration_->record[keys::capture]); }

  void check_outputs() const {
    check_output(out_, existing());
    check_output(weights_, existing());
    if (captures() > 0) check_output(sibling(out_, "capture"), existing());
  }

  record::RunLogOptions log_options() const {
    return {.existing = existing(), .flush_seconds = configuration_->record[keys::flush_seconds]};
  }

  record::RunDescription describe(const Surroundings& surroundings) {
    const network::Network& network = job_->model().network();
    return {.provenance = provenance(surroundings, *configuration_, *threads_),
            .nodes = job_->options().nodes,
            .layers = {network.layers().begin(), network.layers().end()},
            .gemms = job_->model().network().gemms().list(),
            .format = configuration_->gemm_options().format,
            .lanes = job_->options().lanes,
            .window = job_->options().window};
  }

  std::optional<Capture> start_capture() {
    if (captures() == 0) return std::nullopt;
    const CapturePlan plan{.count = captures(), .steps = job_->length().total_steps, .seed = configuration_->seed()};
    return std::make_optional<Capture>(store::File::create(sibling(out_, "capture"), existing()), *configuration_, plan,
                                       job_->model().network().gemms());
  }

  void finish(record::RunLog& log, train::Outcome outcome) {
    log.end(outcome == train::Outcome::finished ? record::RunState::finished : record::RunState::interrupted);
    record::save_weights(weights_, job_->model().network().parameters(), to_toml(*configuration_, Comments::none));
  }

  ConfigOptions config_;
  std::string out_ = "run.h5", weights_;
  bool overwrite_ = false, dry_run_ = false;
  std::optional<int> threads_;
  std::optional<std::int64_t> capture_;
  ProgressStyle progress_ = ProgressStyle::automatic;

  std::optional<Configuration> configuration_;
  std::optional<Job> job_;
  std::optional<train::Trainer> trainer_;
};

}  // namespace

std::unique_ptr<Command> make_train(CLI::App& options) { return std::make_unique<Train>(options); }

}  // namespace acrtc::app
