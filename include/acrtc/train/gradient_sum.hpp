#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "acrtc/base/quantity.hpp"
#include "acrtc/base/tensor.hpp"
#include "acrtc/comm/communicator.hpp"
#include "acrtc/train/rank_slices.hpp"

namespace acrtc::train {

/// How gradients are summed over nodes: in one fixed tree over node indices, the same bits on any number of ranks, or
/// by MPI's own all-reduce.
enum class Sync { tree, iallreduce };

struct GradientSumOptions {
  std::int64_t nodes = 1;  ///< a multiple of the ranks; rank r has nodes [r nodes/ranks, (r+1) nodes/ranks)
  Sync sync = Sync::tree;
  Bytes bucket{4.0 * 1024 * 1024};  ///< FP32 gradients exchanged at a time
  int threads = 1;                  ///< never changes bits
  std::int64_t trained = 0;         ///< elements whose norms are taken; those behind are only summed. 0 = all
};

/// Sums the gradients of all nodes, which come one after another in the same flat array, over all ranks. In the tree
/// over node indices [a, b) splits at the largest power of two below its length. The array is cut into buckets by shape
/// alone; a bucket travels as soon as backward of the rank's last node has finished it.
///
/// One step: begin_step(), then for each of the rank's nodes in order ready() while backward goes on and end_node(),
/// then finish(). Every rank goes through all of it, also one whose node failed: others wait for its messages.
class GradientSum {
 public:
  /// `gradients`, those of all ranks that see each other's, are owned by the caller and must outlive this object on
  /// all.
  GradientSum(const comm::HostArray& gradients, const GradientSumOptions& options, const comm::Communicator& ranks);
  ~GradientSum();

  /// Cuts an array of `size` gradients; ascending, without gaps.
  static std::vector<Range> cut(std::int64_t size, Bytes bucket);
  std::span<const Range> buckets() const;
  /// What of each bucket this rank finishes; with Sync::iallreduce all of it.
  RankSlices slices() const;

  /// The sum of this step will be multiplied by `factor`.
  void begin_step(double factor);
  /// Gradients [begin, end) of the current node are final. May exchange them: they are not the node's own afterwards.
  void ready(Range gradients);
  /// Ends the current node (gradients not yet ready are taken as they are) and returns the norm of its gradients.
  double end_node();
  /// Waits until the sum over all nodes, times the factor, stands in this rank's slices of the array; returns the norm
  /// of all of it, not finite where any gradient of any node is not. Between slices the array's contents are lost.
  double finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrtc::train
