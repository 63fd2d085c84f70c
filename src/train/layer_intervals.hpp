#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "acrtc/comm/communicator.hpp"
#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/train/records.hpp"
#include "pass_cost.hpp"

namespace acrtc::train {

/// Sums up what each GEMM of each node did over intervals that tile the run, and gathers them where one ends. Every
/// `sample_every` steps one step is given exactly, too. All ranks make the same calls.
class LayerIntervals {
 public:
  /// Called on rank 0.
  using Sink = std::function<void(const LayerRecord&)>;

  LayerIntervals(std::int64_t sample_every, Range local_nodes, const comm::Communicator& ranks, Sink sink);

  void add(std::int64_t node, std::span<const network::GemmRecord> gemms, const PassCost& cost);
  /// All local nodes have been added. Ends an interval that has grown long.
  void end_step(std::int64_t step);
  /// Ends the interval after the last step, if it has any.
  void close();

  /// The interval that has begun and not ended, complete on rank 0; without nodes where there is none.
  LayerRecord open() const;
  /// Goes on from what open() told.
  void restore(const LayerRecord& open);

 private:
  /// [local node][gemm], one after another.
  using Cells = std::vector<GemmInterval>;

  LayerRecord gather(const LayerRecord& head, const Cells& cells) const;
  void emit(const LayerRecord& head, const Cells& cells) const;

  std::int64_t sample_every_;
  Range local_nodes_;
  comm::Communicator ranks_;
  Sink sink_;
  std::int64_t begin_ = 0, end_ = 0;  ///< steps
  Cells step_, interval_;
};

}  // namespace acrtc::train
