#include "observers.hpp"

#include <algorithm>

namespace acrtc::app {

void Observers::on_decision(const control::Decision& decision) {
  for (auto* observer : observers_) observer->on_decision(decision);
}

void Observers::on_step(const train::StepRecord& record) {
  for (auto* observer : observers_) observer->on_step(record);
}

void Observers::on_layers(const train::LayerRecord& record) {
  for (auto* observer : observers_) observer->on_layers(record);
}

void Observers::on_epoch(const train::EpochRecord& record) {
  for (auto* observer : observers_) observer->on_epoch(record);
}

void Observers::on_damage(const dataset::Damage& damage) {
  for (auto* observer : observers_) observer->on_damage(damage);
}

void Observers::on_state(train::TrainingState& state) {
  for (auto* observer : observers_) observer->on_state(state);
}

void Observers::on_activity(std::int64_t step, const char* what) {
  for (auto* observer : observers_) observer->on_activity(step, what);
}

train::Wish Observers::after_step() {
  auto wish = train::Wish::go_on;
  for (auto* observer : observers_) wish = std::max(wish, observer->after_step());
  return wish;
}

}  // namespace acrtc::app
