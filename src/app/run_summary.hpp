#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "acrtc/base/quantity.hpp"
#include "acrtc/record/run_reader.hpp"
#include "acrtc/reuse/count.hpp"

namespace acrtc::app {

/// What a part of a run did, with reuse and as if nothing had been reused.
struct Part {
  std::string name;
  reuse::ReuseCount count;
  Seconds time_dense, time;
  Joules energy_dense, energy;

  double mults_avoided() const;   ///< share
  double zeros_of_reuse() const;  ///< share of the reused elements that are zero
  double speed_up() const { return time_dense / time; }
  double time_saved() const { return 1 - time / time_dense; }  ///< share
  double energy_saved() const { return 1 - energy / energy_dense; }
};

/// A run in few numbers, read from its log.
struct RunSummary {
  std::string path, scheme, format, state;
  std::int64_t seed = 0, nodes = 0, ranks = 0, steps = 0, epochs = 0;
  double train_loss = 0, test_loss = 0, test_accuracy = 0;  ///< of the last epoch; NaN where there is none
  Part all;                                                 ///< whole steps: slowest node and interconnect in the times
  std::vector<Part> layers, roles;                          ///< GEMMs alone, of all nodes
  std::vector<Part> per_node;                               ///< computing alone
};

/// Throws UserError where the file is no run log or holds no step.
RunSummary summarize(const std::filesystem::path& path);

/// The run's result in about ten lines.
std::string overview(const RunSummary& summary);

}  // namespace acrtc::app
