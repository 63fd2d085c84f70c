#pragma once

#include <vector>

#include "acrtc/train/trainer.hpp"

namespace acrtc::app {

/// Passes everything on to several listeners, in order, a state that one of them moves out included. Owns none of them.
class Observers : public train::RunObserver {
 public:
  void add(train::RunObserver& observer) { observers_.push_back(&observer); }

  void on_decision(const control::Decision& decision) override;
  void on_step(const train::StepRecord& record) override;
  void on_layers(const train::LayerRecord& record) override;
  void on_epoch(const train::EpochRecord& record) override;
  void on_damage(const dataset::Damage& damage) override;
  void on_state(train::TrainingState& state) override;
  void on_activity(std::int64_t step, const char* what) override;
  train::Wish after_step() override;

 private:
  std::vector<train::RunObserver*> observers_;
};

}  // namespace acrtc::app
