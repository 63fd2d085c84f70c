#include "acrtc/dataset/pack.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "commands.hpp"
#include "config_options.hpp"

namespace acrtc::app {
namespace {

class Pack : public Command {
 public:
  explicit Pack(CLI::App& options) : config_(options) {
    options.add_option("-o,--out", out_, "folder to fill; it must be new or empty")->required();
    options.add_option("--format", format_, "tar: shards that WebDataset reads as well; hdf5: one file")
        ->check(CLI::IsMember({"tar", "hdf5"}));
    options.add_option("--shard-mib", shard_mib_, "size of a tar shard in MiB")->check(CLI::Range(1, 65536));
  }

  void prepare(const Surroundings&) override { configuration_.emplace(config_.load()); }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    const Section& section = configuration_->dataset;
    const auto source = Registry<dataset::Dataset>::instance()
                            .find(section[keys::dataset])
                            .make(section.settings, configuration_->seed());
    const std::int64_t samples =
        dataset::pack(*source, out_,
                      {.format = format_ == "tar" ? dataset::PackFormat::tar : dataset::PackFormat::hdf5,
                       .shard_bytes = shard_mib_ << 20,
                       .seed = configuration_->seed()});
    report(source->damage());
    fmt::print("{} holds {} samples; train on it with dataset.name = \"{}\".\n", out_, samples,
               format_ == "tar" ? "shards" : "hdf5");
    return status_ok;
  }

 private:
  static void report(const dataset::Damage& damage) {
    if (damage.samples == 0) return;
    fmt::print(stderr, "warning: {} broken samples, for which the next ones stand in; the first: {}\n", damage.samples,
               damage.messages.front());
  }

  ConfigOptions config_;
  std::optional<Configuration> configuration_;
  std::string out_, format_ = "tar";
  std::int64_t shard_mib_ = 256;
};

}  // namespace

std::unique_ptr<Command> make_pack(CLI::App& options) { return std::make_unique<Pack>(options); }

}  // namespace acrtc::app
