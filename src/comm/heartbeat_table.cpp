#include "heartbeat_table.hpp"

#include <algorithm>
#include <limits>

namespace acrtc::comm {
namespace {

double seconds_since(HeartbeatTable::Clock::time_point then, HeartbeatTable::Clock::time_point now) {
  return std::chrono::duration<double>(now - then).count();
}

std::string place(const Heartbeat& heartbeat) {
  return "in step " + std::to_string(heartbeat.step) + ", in " + heartbeat.what.data();
}

std::string seconds_text(double seconds) { return std::to_string(static_cast<long>(seconds)) + " s"; }

}  // namespace

HeartbeatTable::HeartbeatTable(int own_rank, int ranks, const WatchdogOptions& options)
    : own_rank_(own_rank), options_(options), rows_(static_cast<std::size_t>(ranks)) {}

void HeartbeatTable::hear(const Heartbeat& heartbeat, Clock::time_point now) {
  if (heartbeat.rank < 0 || heartbeat.rank >= std::ssize(rows_)) return;
  Row& row = rows_[static_cast<std::size_t>(heartbeat.rank)];
  if (!row.known || heartbeat.notes != row.heartbeat.notes) row.got_on = now;
  row.heartbeat = heartbeat;
  row.heard = now;
  row.known = heartbeat.leaves == 0;
  // The others relied on rank 0's verdict and heard of no one else: what they know is old.
  if (heartbeat.rank == 0 && heartbeat.leaves) forgive(now);
}

bool HeartbeatTable::is_complete() const {
  return own_rank_ == 0 ? std::ranges::all_of(rows_, &Row::known) : rows_.front().known;
}

void HeartbeatTable::forgive(Clock::time_point now) {
  for (Row& row : rows_) row.heard = row.got_on = now;
}

std::optional<std::string> HeartbeatTable::verdict(Clock::time_point now, double patience) const {
  if (auto silent = silent_rank(now, patience)) return silent;
  return standing_ranks(now, patience);
}

std::optional<std::string> HeartbeatTable::silent_rank(Clock::time_point now, double patience) const {
  if (options_.silence <= 0) return std::nullopt;
  for (const Row& row : rows_) {
    const double silence = seconds_since(row.heard, now);
    if (row.known && row.heartbeat.rank != own_rank_ && silence >= options_.silence * patience)
      return "rank " + std::to_string(row.heartbeat.rank) + " has not been heard of for " + seconds_text(silence) +
             " (it was " + place(row.heartbeat) + ")";
  }
  return std::nullopt;
}

/// Whoever hears rank 0 leaves the verdict to it, which hears all. Ranks wait for each other: where nobody has got on
/// for long, whoever has got on least holds up the others.
std::optional<std::string> HeartbeatTable::standing_ranks(Clock::time_point now, double patience) const {
  if (options_.standstill <= 0 || (own_rank_ != 0 && rows_[0].known)) return std::nullopt;
  double standing = std::numeric_limits<double>::infinity();
  const Row* last = nullptr;
  for (const Row& row : rows_) {
    if (!row.known) continue;
    standing = std::min(standing, seconds_since(row.got_on, now));
    if (!last || row.heartbeat.notes < last->heartbeat.notes) last = &row;
  }
  if (!last || standing < options_.standstill * patience) return std::nullopt;
  return "no rank has got on for " + seconds_text(standing) + " (rank " + std::to_string(last->heartbeat.rank) +
         " is the last, " + place(last->heartbeat) + ")";
}

}  // namespace acrtc::comm
