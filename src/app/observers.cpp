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

bool Observers::keep_going() {
  return std::ranges::all_of(observers_, [](auto* observer) { return observer->keep_going(); });
}

}  // namespace acrtc::app
