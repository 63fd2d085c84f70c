#pragma once

#include <cstdint>

#include "acrtc/comm/communicator.hpp"
#include "support/train/small_run.hpp"

/// Runs of a few steps on as many ranks as divide twelve.
namespace acrtc::train::test {

inline constexpr std::int64_t nodes = 12, batch = 8, steps = 3;

inline const auto& world() {
  static const auto all = comm::Communicator::world();
  return all;
}

inline bool is_last() { return world().rank() == world().size() - 1; }

inline void make_short(SmallRun& run) {
  run.wanted.nodes = nodes;
  run.wanted.batch = batch;
  run.wanted.max_steps = steps;
}

}  // namespace acrtc::train::test
