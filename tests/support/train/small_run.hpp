#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/train/trainer.hpp"

/// A network small enough to train in a blink, on made-up data, with everything a run consists of.
namespace acrtc::train::test {

/// Starts at level 2 in all roles and goes down to 0 after `switch_step`, which it counts itself; keeps all it has
/// seen.
class TwoLevels : public control::Policy {
 public:
  std::int64_t switch_step = 1000;
  std::vector<control::Observation> seen;

  control::Decision start() override { return decision(0, 2); }
  std::optional<control::Decision> observe(const control::Observation& observation) override {
    seen.push_back(observation);
    if (step_++ != switch_step) return std::nullopt;
    return decision(switch_step + 1, 0);
  }
  std::vector<std::byte> save() const override {
    const auto bytes = std::as_bytes(std::span(&step_, 1));
    return {bytes.begin(), bytes.end()};
  }
  void restore(std::span<const std::byte> bytes) override { std::memcpy(&step_, bytes.data(), sizeof step_); }

 private:
  static control::Decision decision(std::int64_t step, int level) {
    control::Decision decision;
    decision.step = step;
    for (const auto role : reuse::roles) decision.strengths[role] = {level};
    return decision;
  }

  std::int64_t step_ = 0;
};

/// Keeps all it hears.
class Recorder : public RunObserver {
 public:
  std::vector<control::Decision> decisions;
  std::vector<StepRecord> steps;
  std::vector<LayerRecord> layers;
  std::vector<EpochRecord> epochs;
  std::vector<dataset::Damage> damage;
  std::vector<TrainingState> states;
  std::int64_t stop_after = 1 << 30;  ///< steps
  Wish wish_then = Wish::stop;
  std::int64_t save_every = 0;  ///< steps, 0 = never

  void on_decision(const control::Decision& decision) override { decisions.push_back(decision); }
  void on_step(const StepRecord& record) override { steps.push_back(record); }
  void on_layers(const LayerRecord& record) override { layers.push_back(record); }
  void on_epoch(const EpochRecord& record) override { epochs.push_back(record); }
  void on_damage(const dataset::Damage& found) override { damage.push_back(found); }
  void on_state(TrainingState& state) override { states.push_back(state); }
  Wish after_step() override {
    if (++asked_ >= stop_after) return wish_then;
    return save_every > 0 && asked_ % save_every == 0 ? Wish::save : Wish::go_on;
  }

 private:
  std::int64_t asked_ = 0;
};

template <class Kind, class... Arguments>
auto make(const std::string& name, std::vector<Table::Entry> entries, const Arguments&... arguments) {
  Table table;
  for (auto& [key, value] : entries) table.set(key, value);
  const auto& entry = Registry<Kind>::instance().find(name);
  return entry.make(Settings(name, table, entry.schema), arguments...);
}

inline Value integer(std::int64_t value) { return {value}; }

inline hardware::Accelerator small_accelerator() {
  hardware::Accelerator chip;
  chip.tensor_cores = 2;
  chip.clock = {1e9};
  chip.utilization = 0.5;
  chip.sram_capacity = {1e6};
  chip.sram_bandwidth = {1e14};
  chip.dram_bandwidth = {1e13};
  chip.arithmetic.fill({{1e-12}, {2e-12}});
  chip.compare_bit = {1e-15};
  chip.beat = {1e-12};
  chip.register_bit = chip.sram_bit = chip.dram_bit = {1e-14};
  chip.static_power = {1};
  return chip;
}

struct SmallRunOptions {
  int threads = 1;
  double learning_rate = 0.05;
  network::GemmOptions gemms{};
  std::string network = "mlp";
  std::string optimizer = "sgd";
  std::function<std::unique_ptr<reuse::Scheme>()> scheme = [] { return make<reuse::Scheme>("acrtc", {}); };
};

/// Two epochs of 20 steps on 3200 samples in 10 classes: four nodes, each with 40 of them a step.
class SmallRun {
 public:
  explicit SmallRun(SmallRunOptions options = {})
      : engine(options.threads),
        dataset(make<dataset::Dataset>("synthetic", data_settings(options), std::uint64_t{7})),
        scheme(options.scheme()),
        gemms(*scheme, options.gemms, engine),
        network(make<network::Zoo>(options.network, {}, dataset->shape(), dataset->classes()), dataset->shape(),
                {.max_samples = 40, .classes = dataset->classes(), .seed = 3}, gemms),
        optimizer(make<Optimizer>(options.optimizer, {}, network.parameters())),
        learning_rate(schedule(options.learning_rate), 20, 40),
        accelerator(small_accelerator()),
        interconnect{.name = "wire",
                     .description = {},
                     .latency = {1e-6},
                     .bandwidth = {1e8},
                     .energy_bit = {1e-12},
                     .port_power = {0.1}},
        collective(make<hardware::Collective>("ring", {})) {}

  Outcome train() { return Trainer(parts(), wanted).run(heard); }
  Outcome resume(const TrainingState& state) { return Trainer(parts(), wanted).resume(state, heard); }

  TrainParts parts() {
    return {*dataset, *scheme,     network,      *optimizer,  learning_rate,
            policy,   accelerator, interconnect, *collective, ranks};
  }

  TrainOptions wanted{
      .nodes = 4, .batch = 40, .epochs = 2, .bucket = {16384}, .sample_every = 10, .verify_every = 7, .rules = {}};
  Recorder heard;
  TwoLevels policy;

  comm::Communicator ranks = comm::Communicator::world();
  dense::Engine engine;
  std::unique_ptr<dataset::Dataset> dataset;
  std::unique_ptr<reuse::Scheme> scheme;
  network::GemmRunner gemms;
  network::Network network;
  std::unique_ptr<Optimizer> optimizer;
  LearningRate learning_rate;
  hardware::Accelerator accelerator;
  hardware::Interconnect interconnect;
  std::unique_ptr<hardware::Collective> collective;

 private:
  static std::vector<Table::Entry> data_settings(const SmallRunOptions& options) {
    const std::int64_t side = options.network == "mlp" ? 8 : 28;
    return {{"height", integer(side)},
            {"width", integer(side)},
            {"train_samples", integer(3200)},
            {"test_samples", integer(333)}};
  }

  static Settings schedule(double rate) {
    Table table;
    table.set("learning_rate", Value{rate});
    return {"schedule", table, LearningRate::schema()};
  }
};

}  // namespace acrtc::train::test
