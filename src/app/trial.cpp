#include "trial.hpp"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "acrtc/base/text.hpp"
#include "acrtc/record/log_layout.hpp"

namespace acrtc::app {
namespace {

constexpr int trial_steps = 3;  // the first one also prepares oneDNN's primitives and is not timed

/// Keeps what the few steps were like and stops the run after them.
class FewSteps : public train::RunObserver {
 public:
  void on_step(const train::StepRecord& record) override { records_.push_back(record); }
  train::Wish after_step() override { return ++asked_ < trial_steps ? train::Wish::go_on : train::Wish::stop; }

  const train::StepRecord& last() const { return records_.back(); }
  double seconds_a_step() const {
    if (records_.size() == 1) return last().wall_seconds;
    return (last().wall_seconds - records_.front().wall_seconds) / static_cast<double>(records_.size() - 1);
  }

 private:
  std::vector<train::StepRecord> records_;
  int asked_ = 0;
};

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

/// Bytes of the log before compression: its row columns hold eight bytes a cell.
double log_bytes(Job& job) {
  const auto steps = static_cast<double>(job.length().total_steps);
  const auto nodes = static_cast<double>(job.options().nodes);
  const auto gemms = static_cast<double>(job.model().network().gemms().list().size());
  const auto every = static_cast<double>(job.options().sample_every);
  const double intervals = 2 * steps / every;  // as many exact steps as interval totals, at most
  const auto step_columns = static_cast<double>(record::step_columns().size() + record::node_step_columns().size());
  const auto node_columns = static_cast<double>(record::node_columns().size());
  const auto gemm_columns = static_cast<double>(record::gemm_columns().size());
  return 8 * (steps * (step_columns + nodes * node_columns) + intervals * nodes * gemms * gemm_columns);
}

}  // namespace

std::string try_out(Job& job, const comm::Communicator& ranks) {
  FewSteps steps;
  train::Trainer(job.parts(ranks), job.options()).run(steps);
  const auto memory = static_cast<double>(ranks.max(static_cast<std::int64_t>(peak_memory())));
  if (ranks.rank() != 0) return "";

  const train::StepRecord& step = steps.last();
  const train::RunLength& length = job.length();
  const double epoch_seconds = steps.seconds_a_step() * static_cast<double>(length.steps_per_epoch);
  std::string text = fmt::format("The configuration is valid. Nothing was written.\n\n");
  text += fmt::format("nodes            {} on {} rank{}, {} samples each and step\n", job.options().nodes, ranks.size(),
                      ranks.size() == 1 ? "" : "s", job.options().batch);
  text += fmt::format("steps            {} an epoch, {} in all\n", length.steps_per_epoch, length.total_steps);
  text += fmt::format("memory a rank    {}, measured\n", bytes_text(memory));
  text += fmt::format("disk, the log    {} while the run goes on, less after it\n", bytes_text(log_bytes(job)));
  text +=
      fmt::format("time an epoch    {:.1f} s without testing, by a trial of {} steps\n", epoch_seconds, trial_steps);
  text += fmt::format("emulated step    {} dense, {} with reuse; {} dense, {} with reuse\n",
                      si_text(step.time_dense.value, "s"), si_text(step.time.value, "s"),
                      si_text(step.energy_dense.value, "J"), si_text(step.energy.value, "J"));
  return text;
}

}  // namespace acrtc::app
