#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "acrtc/comm/watchdog.hpp"
#include "heartbeat.hpp"

namespace acrtc::comm {

/// The last heartbeats of all ranks that this one hears of, itself included, and what follows from them.
class HeartbeatTable {
 public:
  using Clock = std::chrono::steady_clock;

  HeartbeatTable(int own_rank, int ranks, const WatchdogOptions& options);

  void hear(const Heartbeat& heartbeat, Clock::time_point now);
  /// True where each rank has been heard that can be: rank 0 hears all, the others rank 0.
  bool is_complete() const;
  /// Counts silence and standstill from `now` on.
  void forgive(Clock::time_point now);
  /// What is wrong with the job; nothing while all is well. It waits `patience` times as long as the options
  /// say: rank 0, which hears all, speaks first.
  std::optional<std::string> verdict(Clock::time_point now, double patience) const;

 private:
  struct Row {
    Heartbeat heartbeat;
    Clock::time_point heard, got_on;
    bool known = false;
  };

  std::optional<std::string> silent_rank(Clock::time_point now, double patience) const;
  std::optional<std::string> standing_ranks(Clock::time_point now, double patience) const;

  int own_rank_;
  WatchdogOptions options_;
  std::vector<Row> rows_;  ///< index = rank
};

}  // namespace acrtc::comm
