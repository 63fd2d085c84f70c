#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "acrtc/control/policy.hpp"
#include "acrtc/train/loss_scale.hpp"
#include "acrtc/train/records.hpp"

namespace acrtc::train {

/// What a reuse scheme remembers of one GEMM of one node.
struct SchemeMemory {
  std::int64_t node = 0, gemm = 0;
  std::vector<std::byte> bytes;  ///< as reuse::LayerMemory::save()
};

/// All that the rest of a run follows from, between two steps. With it and with parts built anew from the same
/// configuration a run goes on as if it had never stopped, on any number of ranks and threads. Random numbers have no
/// state: they are functions of the seed, the step and the sample.
struct TrainingState {
  std::int64_t step = 0;                      ///< the next one; epoch and samples follow from it
  double wall_seconds = 0;                    ///< real time so far
  std::vector<float> weights;                 ///< all of network::ParameterStore, running averages too
  std::vector<std::vector<float>> optimizer;  ///< as Optimizer::state()
  LossScale::State loss_scale;
  double learning_rate_factor = 1;     ///< that all rates of the schedule are multiplied by
  control::Decision decision;          ///< in force
  ProbeResult probe;                   ///< the last of each kind
  std::vector<std::byte> policy;       ///< as control::Policy::save()
  std::vector<SchemeMemory> memories;  ///< of all nodes
  LayerRecord interval;                ///< that has begun and not ended, [node][gemm]; no nodes where there is none
  EpochRecord epoch;                   ///< of the current epoch's steps so far
};

}  // namespace acrtc::train
