#include "step_account.hpp"

#include <algorithm>

namespace acrtc::train {
namespace {

Seconds slowest(const StepReport& report, TimeVariant time) {
  Seconds most;
  for (const NodeReport& node : report.nodes) most = std::max(most, node.time.*time);
  return most;
}

}  // namespace

void StepReport::delay(std::span<const Times> other_ready) {
  ready.resize(other_ready.size());
  for (std::size_t bucket = 0; bucket < ready.size(); ++bucket)
    for (const TimeVariant time : time_variants)
      ready[bucket].*time = std::max(ready[bucket].*time, other_ready[bucket].*time);
}

NodeReport make_report(const SampleSum& sum, double gradient_norm, const PassCost& cost,
                       std::span<const network::GemmRecord> gemms) {
  NodeReport report;
  report.loss = sum.loss;
  report.replaced_samples = sum.replaced_samples;
  report.gradient_norm = gradient_norm;
  for (const auto& gemm : gemms) report.count += gemm.count;
  report.time = times_of(cost.total);
  report.energy_dense = cost.total.dense.energy.total();
  report.energy = cost.total.reuse.energy.total();
  report.dram_bytes = cost.total.reuse.dram_bytes;
  return report;
}

StepAccount::StepAccount(const TrainParts& parts, std::span<const Range> buckets)
    : accelerator_(parts.accelerator), interconnect_(parts.interconnect), collective_(parts.collective) {
  for (const Range bucket : buckets)
    bucket_bytes_.push_back({static_cast<double>(bucket.size()) * static_cast<double>(sizeof(float))});
  double parameters = 0;
  for (const auto& layer : parts.network.layers()) parameters += static_cast<double>(layer.parameters);
  update_ = hardware::traffic_cost(accelerator_, {parameters * parts.optimizer.bytes_per_parameter()});
}

StepRecord StepAccount::record(const StepReport& report, Update update) const {
  StepRecord record;
  network::LossSum loss;
  ProbeErrors probe;
  for (const NodeReport& node : report.nodes) {
    loss.loss += node.loss.loss;
    loss.correct += node.loss.correct;
    loss.samples += node.loss.samples;
    record.replaced_samples += node.replaced_samples;
    probe.add(node.probe);
    add_node(node, update == Update::done ? update_ : hardware::Cost{}, record);
  }
  record.loss = loss.loss / static_cast<double>(loss.samples);
  record.accuracy = static_cast<double>(loss.correct) / static_cast<double>(loss.samples);
  record.weights_hash = report.weights_hash;
  record.probe = {probe.all.mean(), probe.weight_gradients.mean()};
  add_waiting(exchange(report, &Times::dense), exchange(report, &Times::reuse), record);
  record.fixed_stalls = bound(report, &Times::fixed, record);
  record.scaled_stalls = bound(report, &Times::scaled, record);
  return record;
}

void StepAccount::add_node(const NodeReport& report, const hardware::Cost& update, StepRecord& record) const {
  NodeRecord& node = record.nodes.emplace_back();
  node.loss = report.loss.loss / static_cast<double>(report.loss.samples);
  node.gradient_norm = report.gradient_norm;
  node.count = report.count;
  node.time_dense = report.time.dense + update.time;
  node.time = report.time.reuse + update.time;
  node.energy_dense = report.energy_dense + update.energy.total();
  node.energy = report.energy + update.energy.total();
  node.dram_bytes = report.dram_bytes + update.dram_bytes;
  record.time_dense = std::max(record.time_dense, node.time_dense);
  record.time = std::max(record.time, node.time);
}

/// A bucket is exchanged once the slowest node has finished it; backward finishes the last bucket first.
hardware::Exchange StepAccount::exchange(const StepReport& report, TimeVariant time) const {
  std::vector<hardware::Bucket> buckets;
  for (std::size_t i = bucket_bytes_.size(); i-- > 0;) buckets.push_back({report.ready[i].*time, bucket_bytes_[i]});
  return hardware::exchange(interconnect_, collective_, std::ssize(report.nodes), buckets, slowest(report, time));
}

/// What the step would take under one kind of stalls. `record` is complete but for that; what moves with time is what
/// nodes and ports spend just by being on.
StepCost StepAccount::bound(const StepReport& report, TimeVariant time, const StepRecord& record) const {
  const auto other = exchange(report, time), own = exchange(report, &Times::reuse);
  const Seconds longer = slowest(report, time) - slowest(report, &Times::reuse) + (other.exposed - own.exposed);
  const auto nodes = static_cast<double>(report.nodes.size());
  return {record.time + longer,
          record.energy + nodes * (accelerator_.static_power * longer + (other.energy - own.energy))};
}

void StepAccount::add_waiting(const hardware::Exchange& dense, const hardware::Exchange& reuse,
                              StepRecord& record) const {
  for (NodeRecord& node : record.nodes) {
    node.wait_time = record.time - node.time;
    node.energy += accelerator_.static_power * (node.wait_time + reuse.exposed);
    node.energy_dense += accelerator_.static_power * (record.time_dense - node.time_dense + dense.exposed);
    record.energy += node.energy;
    record.energy_dense += node.energy_dense;
  }
  const auto nodes = static_cast<double>(record.nodes.size());
  record.time += reuse.exposed;
  record.time_dense += dense.exposed;
  record.interconnect_time = reuse.exposed;
  record.interconnect_energy = nodes * reuse.energy;
  record.energy += record.interconnect_energy;
  record.energy_dense += nodes * dense.energy;
}

}  // namespace acrtc::train
