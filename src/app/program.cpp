#include "program.hpp"

#include <sched.h>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "acrtc/dense/engine.hpp"
#include "commands/commands.hpp"
#include "version.hpp"

namespace acrtc::app {
namespace {

constexpr CommandEntry entries[] = {
    {"train", "train a network on emulated accelerators and log what reuse saved and lost", make_train},
    {"report", "print what a run saved: accuracy, time, energy, by layer, role and node", make_report},
    {"compare", "put runs side by side, pair their seeds, tell the accuracy difference", make_compare},
    {"diff", "say whether two logs are bit-identical and where they first differ", make_diff},
    {"evaluate", "test accuracy of saved weights", make_evaluate},
    {"gemm", "run reuse on single GEMMs of an HDF5 file", make_gemm},
    {"synth", "make up data in the file format of a dataset, out of patterns or photographs", make_synth},
    {"pack", "pack a dataset into a few large files for parallel file systems", make_pack},
    {"list", "list datasets, networks, schemes, controllers, hardware with their settings", make_list},
    {"show-config", "print every key of a configuration with its value, range and meaning", make_show_config},
    {"repair", "turn the log of a killed run into one that every HDF5 tool reads", make_repair},
};

/// CPUs in this process's affinity mask.
int own_cpus() {
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return CPU_COUNT(&cpus);
}

/// What is wrong with the command line; CLI11 itself says of an unknown command only that one is missing.
std::string mistake_text(const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CommandEntry& entry : entries) names.emplace_back(entry.name);
  const std::string first = argc > 1 ? argv[1] : "-";
  if (first.starts_with("--") && dynamic_cast<const CLI::RequiredError*>(&error))
    return UserError("no option before the command is called '" + first + "'", "known: --help, --version",
                     "write acrtc COMMAND OPTIONS")
        .what();
  if (first.starts_with('-') || std::ranges::find(names, first) != names.end())
    return std::string("cannot read the command line (") + error.what() + "); see acrtc --help?";
  return UserError("no command is called '" + first + "'", "known: " + join(names, ", "), did_you_mean(first, names))
      .what();
}

std::string version_text() {
  return std::string("acrtc ") + version + " (" + commit + ")\n" + dense::Engine::library_version() + "\n" +
         comm::Communicator::library_version();
}

}  // namespace

std::span<const CommandEntry> commands() { return entries; }

Surroundings look_around(int argc, char** argv) {
  const auto ranks = comm::Communicator::world();
  std::vector<std::string> words(argv, argv + argc);
  return {ranks, std::max(1, own_cpus() / static_cast<int>(ranks.on_host().size())), join(words, " ")};
}

Program::Program()
    : app_(
          "acrtc: distributed training on emulated tensor cores that reuse the products of similar operands.\n"
          "First run:  mpirun -n 2 acrtc train --nodes 4 --epochs 1 --out run.h5 && acrtc report run.h5",
          "acrtc") {
  app_.set_version_flag("--version", version_text);
  app_.require_subcommand(1);
  for (const CommandEntry& entry : commands()) {
    CLI::App* subcommand = app_.add_subcommand(entry.name, entry.summary);
    commands_.emplace_back(subcommand, entry.make(*subcommand));
  }
}

std::optional<int> Program::parse(int argc, char** argv, const comm::Communicator& ranks) {
  try {
    app_.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const bool mistake = app_.exit(error, out, err) != 0;
    if (ranks.rank() == 0) {
      std::cout << out.str();
      if (mistake) std::cerr << "acrtc: error: " << mistake_text(error, argc, argv) << "\n";
    }
    return mistake ? status_user_error : status_ok;
  }
}

Command& Program::command() const {
  const auto chosen = std::ranges::find_if(commands_, [](const auto& entry) { return entry.first->parsed(); });
  require(chosen != commands_.end(), "a subcommand was named");
  return *chosen->second;
}

}  // namespace acrtc::app
