#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "acrtc/comm/communicator.hpp"

namespace acrtc::comm {

struct WatchdogOptions {
  double silence = 120;      ///< seconds until a rank that is not heard of counts as dead; 0 = never
  double standstill = 3600;  ///< seconds in which some rank must get on; 0 = any time
  int status = 1;            ///< exit status of a job that is ended
};

/// Ends a job that would hang for ever, and says on stderr which rank is at fault, in which step, in what. A thread on
/// each rank sends heartbeats by UDP, past MPI: a process that is stopped or gone falls silent whatever MPI waits for.
/// Rank 0 hears all ranks, they hear rank 0. Where no datagram passes between hosts (a firewall), silence means nothing
/// and each rank watches itself. A job that was suspended as a whole starts its clocks anew.
class Watchdog {
 public:
  /// Collective. With one rank, or with both times 0, it does nothing.
  Watchdog(const Communicator& ranks, const WatchdogOptions& options);
  /// Tells the others that this rank leaves.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// What this rank does from now on. All ranks note the same in the same order.
  void note(std::int64_t step, const std::string& what);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrtc::comm
