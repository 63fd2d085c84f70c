#pragma once

#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "acrtc/record/checkpoint.hpp"
#include "acrtc/record/run_log.hpp"
#include "support/base/temporary_directory.hpp"
#include "support/base/user_error.hpp"

namespace acrtc::record {

using test::user_error;

class ScratchTest : public test::ScratchTest {
 protected:
  /// A copy of the file as another process would see it now: within one process HDF5 shares what it has not written.
  std::filesystem::path seen_from_outside(const std::filesystem::path& file) const {
    std::filesystem::copy_file(file, path("seen.h5"), std::filesystem::copy_options::overwrite_existing);
    return path("seen.h5");
  }
};

/// A run of two nodes on a network of one convolution with two GEMMs.
inline RunDescription sample_description() {
  RunDescription run;
  run.provenance.program_version = "0.1.0";
  run.provenance.configuration = "[train]\nseed = 7\nnodes = 2\n";
  run.provenance.host_names = {"alpha", "beta"};
  run.provenance.seed = 7;
  run.nodes = 2;
  run.layers = {{.name = "conv1",
                 .kind = "convolution",
                 .input = {1, 28, 28},
                 .output = {20, 24, 24},
                 .input_elements = 784,
                 .parameters = 520,
                 .macs = 288000,
                 .has_gemm = true},
                {.name = "relu1", .kind = "relu", .input = {20, 24, 24}, .output = {20, 24, 24}, .fused = true}};
  run.gemms = {{"conv1", "", reuse::Role::forward, 576, 20, 25, 1, 784},
               {"conv1", "", reuse::Role::grad_weight, 25, 20, 576, 1, 784}};
  run.pass = {.batch = 8,
              .micro_batches = 2,
              .weight_gradient_operand = network::WeightGradientOperand::dy,
              .input_bytes = 784,
              .optimizer_bytes = 20};
  run.format = reuse::Format::fp16;
  run.lanes = 8;
  return run;
}

inline reuse::ReuseCount sample_count(std::uint64_t scale) {
  reuse::ReuseCount count;
  count.mults_dense = 100 * scale;
  count.mults = 60 * scale;
  count.adds = 100 * scale;
  count.comparisons = 30 * scale;
  count.elements = 10 * scale;
  count.zeros = 5 * scale;
  count.reused = 4 * scale;
  count.reused_zero = 3 * scale;
  count.beats_dense = 50 * scale;
  count.beats = 40 * scale;
  return count;
}

/// Time of node 0 is 3 of 4 s, of node 1 6 of 8 s; the interconnect adds 1 s to both.
inline train::StepRecord sample_step(std::int64_t step) {
  train::StepRecord record;
  record.step = step;
  record.phase = control::Phase::descent;
  record.loss = 2.0 / static_cast<double>(step + 1);
  record.accuracy = 0.5;
  record.learning_rate = 0.01;
  record.gradient_norm = 0.75;
  record.probe = {.error = 0.02, .gradient_error = 0.03};
  record.time_dense = {9};
  record.time = {7};
  record.energy_dense = {32};
  record.energy = {26};
  record.fixed_stalls = {{7}, {26}};
  record.scaled_stalls = {{6}, {24}};
  record.interconnect_time = {1};
  record.interconnect_energy = {2};
  record.wall_seconds = 0.125;
  record.samples = 64 * (step + 1);
  record.weights_hash = 0xfedcba9876543210u + static_cast<std::uint64_t>(step);
  for (std::uint64_t node = 1; node <= 2; ++node) {
    train::NodeRecord n;
    n.loss = record.loss;
    n.count = sample_count(node);
    n.time_dense = {4.0 * static_cast<double>(node)};
    n.time = {3.0 * static_cast<double>(node)};
    n.energy_dense = {10.0 * static_cast<double>(node)};
    n.energy = {8.0 * static_cast<double>(node)};
    n.wait_time = {node == 1 ? 3.0 : 0.0};
    record.nodes.push_back(n);
  }
  return record;
}

/// Steps [begin, end): every GEMM of node i counts sample_count(i + 1) and saves half of its multiply energy.
inline train::LayerRecord sample_layers(std::int64_t begin, std::int64_t end) {
  train::LayerRecord record{begin, end, false, {}};
  for (std::uint64_t node = 1; node <= 2; ++node) {
    train::GemmInterval gemm;
    gemm.count = sample_count(node);
    gemm.cost.dense.time = {4};
    gemm.cost.reuse.time = {3};
    gemm.cost.reuse.bounds = {{3}, {2}};
    gemm.cost.dense.energy.multiply = {2};
    gemm.cost.reuse.energy.multiply = {1};
    gemm.cost.dense.energy.sram = gemm.cost.reuse.energy.sram = {2};
    gemm.strength = {3};
    record.nodes.push_back({gemm, gemm});
  }
  return record;
}

inline train::EpochRecord sample_epoch(std::int64_t epoch, double test_accuracy) {
  train::EpochRecord record;
  record.epoch = epoch;
  record.test_accuracy = test_accuracy;
  return record;
}

inline control::Decision sample_decision(std::int64_t step, int level) {
  control::Decision decision;
  decision.step = step;
  decision.phase = control::Phase::plateau;
  for (const reuse::Role role : reuse::roles) decision.strengths[role] = {level};
  decision.reason = control::Reason::loss_stalled;
  decision.evidence = {.z = 1.5, .loss_slope = -0.25, .probe_error = 0.01, .noise = 1.5};
  return decision;
}

/// A whole small run: `steps` steps in one interval, one epoch, one decision.
inline void write_sample(RunLog& log, std::int64_t steps, double accuracy = 0.9) {
  log.on_decision(sample_decision(0, 3));
  for (std::int64_t step = 0; step < steps; ++step) log.on_step(sample_step(step));
  log.on_layers(sample_layers(0, steps));
  log.on_epoch(sample_epoch(0, accuracy));
}

inline std::vector<std::byte> bytes_of(const char* text) {
  const auto bytes = std::as_bytes(std::span(text, std::strlen(text)));
  return {bytes.begin(), bytes.end()};
}

inline Checkpoint sample_checkpoint(std::int64_t step) {
  Checkpoint checkpoint{.program = "0.1.0 (abc)", .configuration = "seed = 7\n", .test_accuracy = 0.5, .state = {}};
  checkpoint.log = {{"steps", {.rows = step, .checksums = {{"loss", 5}, {"step", 7}}}}, {"epochs", {}}};
  train::TrainingState& state = checkpoint.state;
  state.step = step;
  state.wall_seconds = 3.5;
  state.weights = {1, 2, static_cast<float>(step)};
  state.optimizer = {{4, 5, 6}, {7, 8, 9}};
  state.loss_scale = {.scale = 1024, .good_steps = 17};
  state.decision = sample_decision(3, 2);
  state.probe = {.error = 0.02, .gradient_error = 0.03};
  state.policy = bytes_of("policy");
  state.memories = {{1, 2, bytes_of("memory")}, {3, 0, {}}};
  state.interval = sample_layers(4, step);
  state.epoch = sample_epoch(2, 0.25);
  return checkpoint;
}

}  // namespace acrtc::record
