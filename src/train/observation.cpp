#include "observation.hpp"

namespace acrtc::train {

control::Observation observe(const StepRecord& record, const StepReport& report, const RunFacts& facts) {
  control::Observation seen;
  seen.step = record.step;
  seen.epoch = record.epoch;
  seen.steps_per_epoch = facts.steps_per_epoch;
  seen.loss = record.loss;
  seen.accuracy = record.accuracy;
  seen.learning_rate = record.learning_rate;
  seen.max_learning_rate = facts.max_learning_rate;
  seen.time_saved = 1 - record.time / record.time_dense;

  reuse::ReuseCount count;
  ProbeError probe;
  double norms = 0;
  for (const auto& node : report.nodes) {
    count += node.count;
    norms += node.gradient_norm;
    probe.sum += node.probe.sum;
    probe.gemms += node.probe.gemms;
  }
  if (count.mults_dense > 0)
    seen.mults_avoided = 1 - static_cast<double>(count.mults) / static_cast<double>(count.mults_dense);
  if (probe.gemms > 0) seen.probe_error = probe.sum / static_cast<double>(probe.gemms);
  if (!record.skipped) {
    seen.gradient_norm = facts.gradient_norm;
    seen.mean_node_gradient_norm = norms / static_cast<double>(report.nodes.size());
  }
  return seen;
}

}  // namespace acrtc::train
