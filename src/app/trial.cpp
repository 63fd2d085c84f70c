#include "trial.hpp"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "acrtc/base/text.hpp"

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

/// The steps that are tried.
struct Trial {
  train::TrainOptions options;
  double share = 1;  ///< of a whole step's passes, one micro-batch of a node each

  bool is_whole() const { return share == 1; }
};

/// With commas: 61,706.
std::string count_text(std::int64_t count) {
  std::string text = std::to_string(count);
  for (auto at = std::ssize(text) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

/// A long step is cut to two nodes a rank and two micro-batches a node: sums over both are in it.
Trial trial_of(const train::TrainOptions& whole, int ranks) {
  constexpr std::int64_t most_passes = 8;
  Trial trial{whole};
  const auto passes = [&](const train::TrainOptions& options) { return options.nodes / ranks * options.micro_batches; };
  if (passes(whole) <= most_passes) return trial;
  trial.options.nodes = std::min<std::int64_t>(whole.nodes, 2 * ranks);
  trial.options.micro_batches = std::min<std::int64_t>(whole.micro_batches, 2);
  trial.options.batch = whole.micro_batch() * trial.options.micro_batches;
  trial.share = static_cast<double>(passes(trial.options)) / static_cast<double>(passes(whole));
  return trial;
}

/// What a whole step needs beyond the trial: a rank keeps partial sums of gradients, about log2 of its nodes.
double further_memory(Job& job, const Trial& trial, int ranks) {
  const auto sums = [&](const train::TrainOptions& options) {
    return std::bit_width(static_cast<std::uint64_t>(options.nodes / ranks - 1));
  };
  const auto gradients = static_cast<double>(job.model().network().parameters().size()) * sizeof(float);
  return gradients * static_cast<double>(sums(job.options()) - sums(trial.options));
}

std::string size_text(Job& job) {
  std::int64_t parameters = 0, macs = 0;
  for (const network::LayerInfo& layer : job.model().network().layers()) {
    parameters += layer.parameters;
    macs += layer.macs;
  }
  return fmt::format("network          {} parameters, {} multiply-accumulates forward a sample\n",
                     count_text(parameters), count_text(macs));
}

std::string disk_text(const DiskNeed& need) {
  std::string text = fmt::format("disk             {} while the run goes on: log {}, weights {}",
                                 bytes_text(need.sum()), bytes_text(need.log), bytes_text(need.weights));
  if (need.checkpoints > 0) text += fmt::format(", checkpoints {}", bytes_text(need.checkpoints));
  if (need.captures > 0) text += fmt::format(", captured GEMMs {}", bytes_text(need.captures));
  return text + "; less after it\n";
}

/// A cut step says nothing of the interconnect among all nodes: then it tells of one node's passes alone.
std::string emulated_text(const train::StepRecord& step, const Trial& trial, std::int64_t whole_batch) {
  const auto text = [](const char* what, Seconds time_dense, Seconds time, Joules energy_dense, Joules energy) {
    return fmt::format("{:<16} {} dense, {} with reuse; {} dense, {} with reuse\n", what,
                       si_text(time_dense.value, "s"), si_text(time.value, "s"), si_text(energy_dense.value, "J"),
                       si_text(energy.value, "J"));
  };
  if (trial.is_whole()) return text("emulated step", step.time_dense, step.time, step.energy_dense, step.energy);
  const train::NodeRecord& node = step.nodes.front();
  return text("emulated node", node.time_dense, node.time, node.energy_dense, node.energy) +
         fmt::format("                 for {} of its {} samples a step\n", trial.options.batch, whole_batch);
}

}  // namespace

std::string try_out(Job& job, const DiskPlan& plan, const comm::Communicator& ranks) {
  FewSteps steps;
  const Trial trial = trial_of(job.options(), ranks.size());
  train::Trainer(job.parts(ranks), trial.options).run(steps);
  const auto memory = static_cast<double>(ranks.max(static_cast<std::int64_t>(peak_memory())));
  if (ranks.rank() != 0) return "";

  const train::RunLength& length = job.length();
  const double epoch_seconds = steps.seconds_a_step() / trial.share * static_cast<double>(length.steps_per_epoch);
  std::string text = fmt::format("The configuration is valid. Nothing was written.\n\n");
  text += size_text(job);
  text += fmt::format("nodes            {} on {} rank{}, {} samples each and step\n", job.options().nodes, ranks.size(),
                      ranks.size() == 1 ? "" : "s", job.options().batch);
  text += fmt::format("steps            {} an epoch, {} in all\n", length.steps_per_epoch, length.total_steps);
  text +=
      fmt::format("memory a rank    {}, measured{}\n", bytes_text(memory + further_memory(job, trial, ranks.size())),
                  trial.is_whole() ? "" : " on parts of steps and reckoned for whole ones");
  text += disk_text(disk_need(job, plan));
  text += fmt::format("time an epoch    {:.1f} s without testing, by a trial of {} {}\n", epoch_seconds, trial_steps,
                      trial.is_whole() ? "steps" : "parts of steps");
  return text + emulated_text(steps.last(), trial, job.options().batch);
}

}  // namespace acrtc::app
