#include "acrtc/dataset/synth.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "acrtc/dataset/files.hpp"
#include "commands.hpp"
#include "config_file.hpp"

namespace acrtc::app {
namespace {

class Synth : public Command {
 public:
  explicit Synth(CLI::App& options) {
    options.add_option("dataset", name_, "whose file format to write, see acrtc list synth")->required();
    options.add_option("-o,--out", out_, "folder to fill; it must be new or empty")->required();
    options.add_option("--samples", train_samples_, "samples to train on")->check(CLI::Range(1, 100'000'000));
    options.add_option("--test-samples", test_samples_, "samples to test on; a fifth of --samples where left out")
        ->check(CLI::Range(1, 100'000'000));
    options.add_option("--photos", photos_, "folder of photographs (.jpg) to cut images from; patterns where left out");
    options.add_option("--seed", seed_, "seed of all that is random");
    options.add_option("-s,--set", assignments_, "key=value, a setting of the writer; repeatable")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  void prepare(const Surroundings&) override {
    Table table;
    for (const std::string& assignment : assignments_) assign(table, assignment);
    settings_ = Settings(name_, table, entry().schema);
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    dataset::make_new_directory(out_);
    const std::int64_t test = test_samples_ > 0 ? test_samples_ : (train_samples_ + 4) / 5;
    entry().make(settings_, {out_, train_samples_, test, seed_, photos_});
    fmt::print("{} holds made-up data in the format of {}.\n", out_, name_);
    return status_ok;
  }

 private:
  const Registry<dataset::SynthWriter>::Entry& entry() const {
    return Registry<dataset::SynthWriter>::instance().find(name_);
  }

  std::string name_, out_, photos_;
  std::int64_t train_samples_ = 1000, test_samples_ = 0;
  std::uint64_t seed_ = 1;
  std::vector<std::string> assignments_;
  Settings settings_;
};

}  // namespace

std::unique_ptr<Command> make_synth(CLI::App& options) { return std::make_unique<Synth>(options); }

}  // namespace acrtc::app
