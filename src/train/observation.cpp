#include "observation.hpp"

namespace acrtc::train {

control::Observation observe(const StepRecord& record, const RunFacts& facts) {
  control::Observation seen;
  seen.step = record.step;
  seen.epoch = record.epoch;
  seen.steps_per_epoch = facts.steps_per_epoch;
  seen.loss = record.loss;
  seen.accuracy = record.accuracy;
  seen.learning_rate = record.learning_rate;
  seen.max_learning_rate = facts.max_learning_rate;
  seen.time_saved = 1 - record.time / record.time_dense;
  seen.probe_error = record.probe.error;
  seen.probe_gradient_error = record.probe.gradient_error;

  reuse::ReuseCount count;
  double norms = 0;
  for (const auto& node : record.nodes) {
    count += node.count;
    norms += node.gradient_norm;
  }
  if (count.mults_dense > 0)
    seen.mults_avoided = 1 - static_cast<double>(count.mults) / static_cast<double>(count.mults_dense);
  if (!record.skipped) {
    seen.gradient_norm = record.gradient_norm;
    seen.mean_node_gradient_norm = norms / static_cast<double>(record.nodes.size());
  }
  return seen;
}

}  // namespace acrtc::train
