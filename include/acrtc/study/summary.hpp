#pragma once

#include <cstdint>
#include <iosfwd>
#include <limits>
#include <string>
#include <vector>

#include "acrtc/base/quantity.hpp"
#include "acrtc/hardware/cost.hpp"
#include "acrtc/record/run_reader.hpp"
#include "acrtc/reuse/count.hpp"

namespace acrtc::study {

/// Something done twice, once dense and once with reuse: how much faster, and how much less.
struct Gain {
  double dense = 0, reuse = 0;

  /// dense / reuse: 1.33 is what "33 % faster" reads as a speed-up. NaN where nothing was done.
  double speed_up() const;
  /// 1 - reuse / dense: 0.33 is what "33 % faster" reads as time saved. NaN where nothing was done.
  double saved() const;
};

/// Some GEMMs of a run, summed over nodes and intervals.
struct GemmTotal {
  std::string name;  ///< of a GEMM, a layer or a role
  reuse::ReuseCount count{};
  Gain time{};
  hardware::EnergyParts energy_dense{}, energy{};
  hardware::StallBounds bounds{};  ///< of the time with reuse; 0 in logs before 1.2

  double mults_avoided() const;
  double beats_avoided() const;
  /// Share of reused elements that are zero.
  double zero_share() const;
  Gain total_energy() const { return {energy_dense.total().value, energy.total().value}; }
};

/// Least, mean and largest over nodes.
struct Spread {
  double least = 0, mean = 0, most = 0;
};

/// What the job would have gained under one kind of stalls; nothing in logs before 1.2.
struct BoundGain {
  Gain time;    ///< s
  Gain energy;  ///< J
};

struct NodeSpread {
  Spread mults_avoided, speed_up, energy_saved;
  Spread wait_share;  ///< of the time that a node computes or waits, the part it waits for slower nodes
};

/// What a run saved and lost. Energies grow from the tensor cores outwards: `core` and `with_sram` are of the GEMMs,
/// `with_dram` is all that nodes spend, static power included, `with_interconnect` all that the job spends.
struct Summary {
  record::RunState state = record::RunState::running;
  std::int64_t steps = 0, epochs = 0, nodes = 0, skipped_steps = 0;
  bool bit_reproducible = true;                                  ///< on any number of ranks
  double train_loss = unknown, train_accuracy = unknown;         ///< of the last epoch, else of the last step
  double test_accuracy = unknown, best_test_accuracy = unknown;  ///< last and largest that was evaluated
  reuse::ReuseCount count;                                       ///< all nodes and steps
  Gain time;                                                     ///< s, of the job
  BoundGain fixed_stalls, scaled_stalls;                         ///< time and energy of the job lie between these
  Gain core, with_sram, with_dram, with_interconnect;            ///< J
  std::vector<GemmTotal> gemms, layers, roles;
  NodeSpread spread;
  std::int64_t decisions = 0;  ///< changes of strength, the first included

  double mults_avoided() const;
  double beats_avoided() const;
  double zero_share() const;  ///< of reused elements

  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
};

Summary summarize(const record::RunReader& run);

/// For people: totals, both readings of "33 % faster", layers, roles, nodes.
void print(std::ostream& out, const Summary& summary);

}  // namespace acrtc::study
