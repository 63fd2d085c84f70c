#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "acrtc/record/weights_file.hpp"
#include "acrtc/train/trainer.hpp"
#include "commands.hpp"
#include "config_options.hpp"
#include "job.hpp"

namespace acrtc::app {
namespace {

class Evaluate : public Command {
 public:
  explicit Evaluate(CLI::App& options) : config_(options) {
    options.add_option("-w,--weights", weights_, "weights that acrtc train has saved")->required();
    options.add_option("--threads", threads_, "threads a rank; its CPUs where left out")->check(CLI::Range(1, 1024));
  }

  /// What the options leave open is as it was when the weights were saved.
  void prepare(const Surroundings& surroundings) override {
    const Configuration configuration = config_.load_over(record::weights_configuration(weights_), weights_);
    const train::TrainOptions options = configuration.train_options();
    plan_ = {.batch = options.micro_batch(), .loading = options.loading};
    model_.emplace(configuration, threads_.value_or(surroundings.threads));
    record::load_weights(weights_, model_->network().parameters());
  }

  int run(const Surroundings& surroundings) override {
    const auto [sum, replaced_samples] =
        train::evaluate(model_->network(), model_->dataset(), plan_, surroundings.ranks);
    if (surroundings.ranks.rank() != 0) return status_ok;
    const auto samples = static_cast<double>(sum.samples);
    fmt::print("test accuracy  {:.2f} % ({} of {} samples)\n", 100 * static_cast<double>(sum.correct) / samples,
               sum.correct, sum.samples);
    fmt::print("test loss      {:.4f}\n", sum.loss / samples);
    if (replaced_samples > 0) fmt::print("test samples   {} broken, replaced by others\n", replaced_samples);
    return status_ok;
  }

 private:
  ConfigOptions config_;
  std::string weights_;
  std::optional<int> threads_;
  train::EvaluationPlan plan_;
  std::optional<Model> model_;
};

}  // namespace

std::unique_ptr<Command> make_evaluate(CLI::App& options) { return std::make_unique<Evaluate>(options); }

}  // namespace acrtc::app
