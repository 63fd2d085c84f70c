#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "command.hpp"

namespace acrtc::app {

/// Finds out what the program runs in. Collective over all ranks.
Surroundings look_around(int argc, char** argv);

/// The command line: subcommands with their options.
class Program {
 public:
  Program();

  /// Reads the command line; an exit status where nothing is left to do (--help, --version, a mistake), printed by
  /// rank 0 alone.
  std::optional<int> parse(int argc, char** argv, const comm::Communicator& ranks);
  /// The subcommand that was named.
  Command& command() const;

 private:
  CLI::App app_;
  std::vector<std::pair<CLI::App*, std::unique_ptr<Command>>> commands_;
};

}  // namespace acrtc::app
