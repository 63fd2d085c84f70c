#include "beat_table.hpp"

#include <algorithm>
#include <limits>

namespace acrtc::comm {
namespace {

double seconds_since(BeatTable::Clock::time_point then, BeatTable::Clock::time_point now) {
  return std::chrono::duration<double>(now - then).count();
}

std::string place(const Beat& beat) { return "in step " + std::to_string(beat.step) + ", in " + beat.what.data(); }

std::string seconds_text(double seconds) { return std::to_string(static_cast<long>(seconds)) + " s"; }

}  // namespace

BeatTable::BeatTable(int own_rank, int ranks, const WatchdogOptions& options)
    : own_rank_(own_rank), options_(options), rows_(static_cast<std::size_t>(ranks)) {}

void BeatTable::hear(const Beat& beat, Clock::time_point now) {
  if (beat.rank < 0 || beat.rank >= std::ssize(rows_)) return;
  Row& row = rows_[static_cast<std::size_t>(beat.rank)];
  if (!row.known || beat.notes != row.beat.notes) row.got_on = now;
  row.beat = beat;
  row.heard = now;
  row.known = beat.leaves == 0;
  // The others relied on rank 0's verdict and heard of no one else: what they know is old.
  if (beat.rank == 0 && beat.leaves) forgive(now);
}

bool BeatTable::is_complete() const {
  return own_rank_ == 0 ? std::ranges::all_of(rows_, &Row::known) : rows_.front().known;
}

void BeatTable::forgive(Clock::time_point now) {
  for (Row& row : rows_) row.heard = row.got_on = now;
}

std::optional<std::string> BeatTable::verdict(Clock::time_point now, double patience) const {
  if (auto silent = silent_rank(now, patience)) return silent;
  return standing_ranks(now, patience);
}

std::optional<std::string> BeatTable::silent_rank(Clock::time_point now, double patience) const {
  if (options_.silence <= 0) return std::nullopt;
  for (const Row& row : rows_) {
    const double silence = seconds_since(row.heard, now);
    if (row.known && row.beat.rank != own_rank_ && silence >= options_.silence * patience)
      return "rank " + std::to_string(row.beat.rank) + " has not been heard of for " + seconds_text(silence) +
             " (it was " + place(row.beat) + ")";
  }
  return std::nullopt;
}

/// Whoever hears rank 0 leaves the verdict to it, which hears all. Ranks wait for each other: where nobody has got on
/// for long, whoever has got on least holds up the others.
std::optional<std::string> BeatTable::standing_ranks(Clock::time_point now, double patience) const {
  if (options_.standstill <= 0 || (own_rank_ != 0 && rows_[0].known)) return std::nullopt;
  double standing = std::numeric_limits<double>::infinity();
  const Row* last = nullptr;
  for (const Row& row : rows_) {
    if (!row.known) continue;
    standing = std::min(standing, seconds_since(row.got_on, now));
    if (!last || row.beat.notes < last->beat.notes) last = &row;
  }
  if (!last || standing < options_.standstill * patience) return std::nullopt;
  return "no rank has got on for " + seconds_text(standing) + " (rank " + std::to_string(last->beat.rank) +
         " is the last, " + place(last->beat) + ")";
}

}  // namespace acrtc::comm
