#pragma once

#include <memory>
#include <span>
#include <string>

#include "acrtc/comm/communicator.hpp"

namespace CLI {
class App;
}

namespace acrtc::app {

/// What the program finds around itself, the same for all commands.
struct Surroundings {
  comm::Communicator ranks;
  int threads;               ///< that this rank may use: its CPUs, shared with the other ranks on its host
  std::string command_line;  ///< as typed, for the run log
};

/// Exit statuses; what the README's table says. Interrupted: the run can be gone on with, as schedulers requeue it.
enum Status {
  status_ok = 0,
  status_differs = 1,
  status_user_error = 2,
  status_internal_error = 3,
  status_hang = 4,
  status_interrupted = 85
};

/// One subcommand. Its constructor declares its options, which are read before prepare().
class Command {
 public:
  virtual ~Command() = default;

  /// Reads what the command is told: as prepare(), before anybody watches the ranks.
  virtual void read() {}
  /// From here on a rank that stops is noticed. Called on every rank; collective.
  virtual void watch(const Surroundings&) {}
  /// Reads and checks all that can be checked before anything is done. Called on every rank, does not communicate.
  /// Throws UserError; then all ranks end together with one message.
  virtual void prepare(const Surroundings&) {}
  /// Does the work and returns the exit status. A UserError of one rank ends the job.
  virtual int run(const Surroundings& surroundings) = 0;
};

struct CommandEntry {
  const char* name;
  const char* summary;
  std::unique_ptr<Command> (*make)(CLI::App& options);
};

/// All subcommands in the order in which --help lists them.
std::span<const CommandEntry> commands();

}  // namespace acrtc::app
