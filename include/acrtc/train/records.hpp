#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "acrtc/base/quantity.hpp"
#include "acrtc/control/policy.hpp"
#include "acrtc/hardware/cost.hpp"
#include "acrtc/reuse/count.hpp"
#include "acrtc/reuse/strength.hpp"

namespace acrtc::train {

/// What one emulated node did in one step. Times and energies are emulated.
struct NodeRecord {
  double loss = 0;              ///< mean over the node's batch
  double gradient_norm = 0;     ///< of the node's own mean gradient, unscaled
  reuse::ReuseCount count;      ///< all GEMMs
  Seconds time_dense, time;     ///< compute: GEMMs, element-wise layers, input, optimizer
  Joules energy_dense, energy;  ///< of the whole step: static power while waiting for others is in it
  Bytes dram_bytes;             ///< with reuse
  Seconds wait_time;            ///< lost to slower nodes, with reuse
};

/// What reuse did to the results of sampled GEMMs: mean over them of ||C_reuse - C_dense|| / ||C_dense|| (Frobenius),
/// on the operands as they came. Unknown (NaN) where none was sampled.
struct ProbeResult {
  double error = control::unknown;
  double gradient_error = control::unknown;  ///< of the weight gradients among them
};

struct StepCost {
  Seconds time;
  Joules energy;
};

/// One step of the whole job.
struct StepRecord {
  std::int64_t step = 0, epoch = 0;
  control::Phase phase = control::Phase::warm_up;
  double loss = 0, accuracy = 0;
  double learning_rate = 0;
  double loss_scale = 1;
  double gradient_norm = 0;     ///< of the mean gradient over all nodes, unscaled; not finite where it overflowed
  ProbeResult probe;            ///< where this step probed
  bool skipped = false;         ///< gradients overflowed: weights did not move
  Seconds time_dense, time;     ///< max over nodes + exposed interconnect
  Joules energy_dense, energy;  ///< sum over nodes + interconnect
  StepCost fixed_stalls, scaled_stalls;  ///< time and energy under either kind of stalls: hardware::StallBounds
  Seconds interconnect_time;             ///< exposed
  Joules interconnect_energy;
  double wall_seconds = 0;             ///< real time since the run began
  std::int64_t samples = 0;            ///< seen so far
  std::uint64_t replaced_samples = 0;  ///< of this step: broken ones that others stand in for
  std::uint64_t weights_hash = 0;      ///< 0 where not computed this step
  std::vector<NodeRecord> nodes;       ///< index = node
};

/// One GEMM of one node, summed over the steps of an interval.
struct GemmInterval {
  reuse::ReuseCount count;
  hardware::CostPair cost;
  reuse::Strength strength;  ///< at the interval's end
};

/// All GEMMs of all nodes over steps [step_begin, step_end): intervals tile the run; beside them every so many steps
/// one exact step stands alone.
struct LayerRecord {
  std::int64_t step_begin = 0, step_end = 0;
  bool exact = false;                            ///< one step by itself, also contained in an interval
  std::vector<std::vector<GemmInterval>> nodes;  ///< [node][gemm]
};

struct EpochRecord {
  std::int64_t epoch = 0;
  double train_loss = 0, train_accuracy = 0;
  double test_loss = 0, test_accuracy = 0;  ///< each test sample counted once; NaN where not evaluated
  Seconds time_dense, time;                 ///< sums over the epoch's steps
  Joules energy_dense, energy;
  double wall_seconds = 0;             ///< real time, test included
  std::uint64_t replaced_samples = 0;  ///< of training and test: broken ones that others stand in for
};

}  // namespace acrtc::train
