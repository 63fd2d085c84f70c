#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/network/network.hpp"
#include "acrtc/train/records.hpp"
#include "acrtc/train/trainer.hpp"
#include "pass_cost.hpp"
#include "probe.hpp"

namespace acrtc::train {

/// What one node did in one step, in plain bytes, as ranks tell each other.
struct NodeReport {
  network::LossSum loss;
  double gradient_norm = 0;  ///< unscaled
  reuse::ReuseCount count;
  Times time;  ///< from the step's beginning to the end of backward
  Joules energy_dense, energy;
  Bytes dram_bytes;
  ProbeErrors probe;
  std::uint64_t replaced_samples = 0;  ///< broken ones that others stand in for
};

/// One step of some nodes: of a rank's own or, once gathered, of all.
struct StepReport {
  std::uint64_t weights_hash = 0;  ///< 0 where not computed
  std::vector<NodeReport> nodes;   ///< index = node
  std::vector<Times> ready;        ///< [bucket]: when the slowest node has finished it

  /// Keeps the later of each bucket's times.
  void delay(std::span<const Times> other_ready);
};

NodeReport make_report(const SampleSum& sum, double gradient_norm, const PassCost& cost,
                       std::span<const network::GemmRecord> gemms);

/// Every rank's nodes, in node order, on every rank. Throws SharedError where the ranks' weights differ.
StepReport gather(const StepReport& own, std::int64_t step, const comm::Communicator& ranks);

/// Puts reports together to the record of a step: sums over nodes in node order, the gradients' exchange, waiting.
class StepAccount {
 public:
  StepAccount(const TrainParts& parts, std::span<const Range> buckets);

  enum class Update { done, skipped };
  /// Fills in all that follows from what the nodes did; what the trainer alone knows (step, epoch, ...) is left.
  StepRecord record(const StepReport& report, Update update) const;

 private:
  hardware::Exchange exchange(const StepReport& report, TimeVariant time) const;
  StepCost bound(const StepReport& report, TimeVariant time, const StepRecord& record) const;
  void add_node(const NodeReport& report, const hardware::Cost& update, StepRecord& record) const;
  void add_waiting(const hardware::Exchange& dense, const hardware::Exchange& reuse, StepRecord& record) const;

  const hardware::Accelerator& accelerator_;
  const hardware::Interconnect& interconnect_;
  const hardware::Collective& collective_;
  std::vector<Bytes> bucket_bytes_;
  hardware::Cost update_;  ///< of the optimizer
};

}  // namespace acrtc::train
