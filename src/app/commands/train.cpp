#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "acrtc/dense/engine.hpp"
#include "acrtc/record/run_log.hpp"
#include "acrtc/record/weights_file.hpp"
#include "acrtc/study/summary.hpp"
#include "capture.hpp"
#include "checkpointer.hpp"
#include "commands.hpp"
#include "config_options.hpp"
#include "heartbeat.hpp"
#include "job.hpp"
#include "leaving.hpp"
#include "observers.hpp"
#include "output_file.hpp"
#include "output_lock.hpp"
#include "progress.hpp"
#include "provenance.hpp"
#include "resume.hpp"
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
    auto* overwrite = options.add_flag("--overwrite", overwrite_, "replace a log that exists, with its checkpoints");
    options.add_option("--resume", resume_, "go on from a checkpoint: its path, or auto for the last good one, if any")
        ->expected(0, 1)
        ->default_str("auto")
        ->excludes(overwrite);
    options
        .add_option("--max-minutes", max_minutes_,
                    "then leave with a checkpoint and exit status 85, to be resumed; 0 = never")
        ->check(CLI::NonNegativeNumber);
    options.add_option("--threads", threads_, "threads a rank; its CPUs where left out")->check(CLI::Range(1, 1024));
    options.add_option("--progress", progress_, "auto, bar, lines or off: what is said on stderr")
        ->transform(CLI::CheckedTransformer(progress_styles));
    options.add_option("--weights", weights_, "where the weights go; beside the log where left out");
    options.add_option("--capture", capture_, "write the operands of so many GEMMs of the run beside the log")
        ->check(CLI::Range(0, 1000));
    options.add_flag("--dry-run", dry_run_, "check everything, try a few steps, say what the run will need");
  }

  void read() override { configuration_.emplace(config_.load()); }

  void watch(const Surroundings& surroundings) override {
    heartbeat_.emplace(surroundings.ranks,
                       comm::WatchdogOptions{.silence = configuration_->watchdog[keys::silence],
                                             .standstill = configuration_->watchdog[keys::standstill],
                                             .status = status_hang});
    heartbeat_->on_activity(0, "the preparation of the run");
  }

  void prepare(const Surroundings& surroundings) override {
    if (!dry_run_) leaving_.emplace(max_minutes_);
    if (weights_.empty()) weights_ = sibling(out_, "weights").string();
    if (surroundings.ranks.rank() == 0) look_at_outputs();
    threads_ = threads_.value_or(surroundings.threads);
    job_.emplace(*configuration_, *threads_);
    trainer_.emplace(job_->parts(surroundings.ranks), job_->options());
  }

  int run(const Surroundings& surroundings) override {
    const comm::Communicator& ranks = surroundings.ranks;
    if (dry_run_) {
      fmt::print("{}", try_out(*job_, {configuration_->checkpoint[keys::keep], captures()}, ranks));
      return status_ok;
    }
    if (ranks.rank() == 0) make_room();
    const record::RunDescription description = describe(surroundings);
    share_state(ranks);
    const auto outcome = train_until_it_converges(ranks, description);
    heartbeat_->on_activity(job_->length().total_steps, "the end of the run");
    const auto signal = static_cast<int>(ranks.max(leaving_->fatal_signal()));  // under watch until rank 0 is done, too
    if (outcome == train::Outcome::finished) return status_ok;
    return signal > 0 ? 128 + signal : status_interrupted;
  }

 private:
  store::Existing existing() const {
    return overwrite_ || resumes() ? store::Existing::replace : store::Existing::refuse;
  }
  bool resumes() const { return !resume_.empty(); }
  std::int64_t captures() const { return capture_.value_or(configuration_->record[keys::capture]); }

  bool keeps_checkpoints() const { return configuration_->checkpoint[keys::keep] > 0; }

  record::CheckpointFolder checkpoints() const {
    const std::string& folder = configuration_->checkpoint[keys::directory];
    auto beside = std::filesystem::path(out_).replace_extension(".checkpoints");
    return {folder.empty() ? beside : std::filesystem::path(folder), configuration_->checkpoint[keys::keep]};
  }

  std::filesystem::path capture_file() const { return sibling(out_, "capture"); }

  /// Beside the checkpoints.
  std::vector<std::filesystem::path> outputs() const {
    std::vector<std::filesystem::path> files{out_, weights_};
    if (captures() > 0) files.push_back(capture_file());
    return files;
  }

  /// On rank 0: folders, and what stands in them. What is in a folder that is still missing, nobody writes.
  void make_room() {
    for (const auto& path : outputs()) make_folder_of(path);
    if (keeps_checkpoints()) make_folder_of(checkpoints().best());
    lock_outputs();
    for (const auto& path : outputs()) remove_unfinished(path);
  }

  /// What lies in folders that exist; one that is still missing holds nothing that another job could write.
  void lock_outputs() {
    if (!lock_ && std::filesystem::exists(std::filesystem::absolute(out_).parent_path()))
      lock_.emplace(claim_log(out_));
    if (const auto folder = checkpoints().path(); !checkpoints_lock_ && keeps_checkpoints() && exists(folder))
      checkpoints_lock_.emplace(claim_checkpoints(folder));
  }

  /// On rank 0: may the run write what it will, and where does it go on?
  void look_at_outputs() {
    check_outputs(outputs(), existing());
    if (keeps_checkpoints()) check_output(checkpoints().best(), store::Existing::replace);
    if (!dry_run_) lock_outputs();
    const Remains remains{out_, checkpoints()};
    if (resumes())
      resume_point_ = resume_ == "auto" ? find_resume_point(remains, *configuration_)
                                        : resume_from(resume_, remains, *configuration_);
    else if (!overwrite_ && !remains.checkpoints.list().empty())
      throw UserError("cannot write to '" + remains.checkpoints.path().string() + "'",
                      "checkpoints of another run lie there", "go on with that run by --resume, or pass --overwrite");
  }

  /// Gives every rank the state that rank 0 has read and need not keep: it is as large as the weights and what the
  /// optimizer remembers.
  void share_state(const comm::Communicator& ranks) {
    std::vector<std::byte> bytes;
    if (resume_point_.checkpoint) {
      bytes = record::encode(*resume_point_.checkpoint);
      resume_point_.checkpoint->state = {};
    }
    ranks.broadcast(bytes, 0);
    state_.reset();
    if (!bytes.empty()) state_ = record::decode(bytes, "checkpoint").state;
  }

  train::Outcome train_until_it_converges(const comm::Communicator& ranks, const record::RunDescription& description) {
    for (;;) {
      Observers observers;
      observers.add(*leaving_);
      observers.add(*heartbeat_);
      try {
        return ranks.rank() == 0 ? train_and_record(observers, description) : train(observers);
      } catch (const train::Divergence& divergence) {
        if (configuration_->train[keys::on_divergence] != "rollback") throw;
        roll_back(ranks, divergence);
      }
    }
  }

  /// Makes a checkpoint the one to go on from, at half the learning rate. Throws the divergence where there is none, or
  /// the rate has been halved too often.
  void roll_back(const comm::Communicator& ranks, const train::Divergence& divergence) {
    resume_ = "auto";
    resume_point_ = {};
    if (ranks.rank() == 0) resume_point_ = rolled_back({out_, checkpoints()}, *configuration_);
    if (resume_point_.checkpoint) fmt::print(stderr, "acrtc: {}; rolling back\n", divergence.what());
    share_state(ranks);
    if (!state_) throw divergence;
  }

  train::Outcome train(train::RunObserver& observer) {
    return state_ ? trainer_->resume(*std::exchange(state_, std::nullopt), observer) : trainer_->run(observer);
  }

  train::Outcome train_and_record(Observers& observers, const record::RunDescription& description) {
    tell_where_it_goes_on();
    std::optional<Capture> capture = start_capture();
    const auto log = open_log(description);
    std::optional<Checkpointer> checkpointer = start_checkpoints(*log, description);
    Progress progress(progress_, job_->length().total_steps);
    observers.add(*log);
    if (checkpointer) observers.add(*checkpointer);
    observers.add(progress);
    const auto outcome = train(observers);
    if (outcome == train::Outcome::finished)
      finish(*log, capture ? &*capture : nullptr);
    else
      interrupt(*log);
    return outcome;
  }

  void tell_where_it_goes_on() const {
    if (!resumes()) return;
    for (const std::string& why : resume_point_.passed_over) fmt::print(stderr, "acrtc: passed over: {}\n", why);
    if (const std::string isa = dense::Engine::isa(); isas_so_far(isa) != isa)
      fmt::print(stderr, "acrtc: warning: no other run has the bits of this one, computed on {}\n", isas_so_far(isa));
    if (state_)
      fmt::print(stderr, "acrtc: going on after step {}\n", state_->step);
    else
      fmt::print(stderr, "acrtc: no checkpoint to go on from: beginning with the first step\n");
  }

  /// Of all parts of the run; bits are the same on one instruction set alone.
  std::string isas_so_far(const std::string& now) const {
    const std::string &before = resume_point_.cpu_isa, then = ", then " + now;
    return before.empty() || before == now ? now : before.ends_with(then) ? before : before + then;
  }

  std::unique_ptr<record::RunLog> open_log(const record::RunDescription& description) const {
    if (resume_point_.has_log) return record::RunLog::resume(out_, description, log_options());
    if (resume_point_.log_is_damaged)
      fmt::print(stderr, "acrtc: the damaged log is now '{}'\n", set_aside(out_).string());
    return std::make_unique<record::RunLog>(out_, description, log_options());
  }

  std::optional<Checkpointer> start_checkpoints(record::RunLog& log, const record::RunDescription& description) const {
    auto folder = checkpoints();
    if (!resumes()) folder.clear();
    if (!keeps_checkpoints()) return std::nullopt;
    record::Checkpoint form{.program = description.provenance.program_version + " " + description.provenance.commit,
                            .configuration = description.provenance.configuration,
                            .state = {}};
    if (resume_point_.checkpoint) form.test_accuracy = resume_point_.checkpoint->test_accuracy;
    return std::make_optional<Checkpointer>(log, std::move(folder), std::move(form),
                                            CheckpointTimes{configuration_->checkpoint[keys::every_steps],
                                                            configuration_->checkpoint[keys::every_minutes]});
  }

  record::RunLogOptions log_options() const {
    record::RunLogOptions options{.existing = existing(), .flush_seconds = configuration_->record[keys::flush_seconds]};
    if (const auto& checkpoint = resume_point_.checkpoint) {
      options.mark = checkpoint->log;
      if (checkpoint->log_ends_here) options.later_rows = record::LaterRows::leave;
    }
    return options;
  }

  record::RunDescription describe(const Surroundings& surroundings) {
    const network::Network& network = job_->model().network();
    const train::TrainParts parts = job_->parts(surroundings.ranks);
    record::Provenance origin = provenance(surroundings, *configuration_, *threads_);
    origin.cpu_isa = isas_so_far(origin.cpu_isa);
    return {.provenance = std::move(origin),
            .nodes = job_->options().nodes,
            .sync = job_->options().sync,
            .layers = {network.layers().begin(), network.layers().end()},
            .gemms = parts.network.gemms().list(),
            .pass = {.batch = job_->options().batch,
                     .micro_batches = job_->options().micro_batches,
                     .weight_gradient_operand = parts.network.gemms().options().weight_gradient_operand,
                     .input_bytes = static_cast<double>(parts.dataset.input_bytes()),
                     .optimizer_bytes = parts.optimizer.bytes_per_parameter()},
            .format = configuration_->gemm_options().format,
            .lanes = job_->options().lanes,
            .window = job_->options().window};
  }

  std::optional<Capture> start_capture() {
    if (captures() == 0) return std::nullopt;
    const CapturePlan plan{.count = captures(),
                           .steps = job_->length().total_steps,
                           .first_step = state_ ? state_->step : 0,
                           .seed = configuration_->seed()};
    return std::make_optional<Capture>(capture_file(), *configuration_, plan, job_->model().network().gemms());
  }

  void interrupt(record::RunLog& log) const {
    log.end(record::RunState::interrupted);
    const bool can_go_on = !checkpoints().list().empty();
    fmt::print(stderr, "acrtc: interrupted; the same command with --resume {}\n",
               can_go_on ? "goes on" : "begins anew, as there is no checkpoint");
  }

  /// The weights first, then all that is worth less: a log says that its run finished once all else is there.
  void finish(record::RunLog& log, Capture* capture) {
    record::save_weights(weights_, job_->model().network().parameters(), to_toml(*configuration_, Comments::none));
    if (capture) capture->finish();
    log.end(record::RunState::finished);
    study::print(std::cout, study::summarize(record::RunReader(out_)));
  }

  ConfigOptions config_;
  std::string out_ = "run.h5", weights_, resume_;
  bool overwrite_ = false, dry_run_ = false;
  std::optional<int> threads_;
  std::optional<std::int64_t> capture_;
  ProgressStyle progress_ = ProgressStyle::automatic;
  double max_minutes_ = 0;

  std::optional<Leaving> leaving_;                     ///< unless it is a dry run, which signals end at once
  std::optional<OutputLock> lock_, checkpoints_lock_;  ///< on rank 0, of a run that writes
  std::optional<Configuration> configuration_;
  std::optional<Job> job_;
  std::optional<train::Trainer> trainer_;
  ResumePoint resume_point_;                   ///< on rank 0; without the state once that is shared
  std::optional<train::TrainingState> state_;  ///< that it goes on from, until it does
  std::optional<Heartbeat> heartbeat_;         ///< until MPI has ended
};

}  // namespace

std::unique_ptr<Command> make_train(CLI::App& options) { return std::make_unique<Train>(options); }

}  // namespace acrtc::app
