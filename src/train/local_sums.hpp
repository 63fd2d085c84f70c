#pragma once

#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "summation_tree.hpp"

namespace acrtc::train {

/// Partial sums of the gradients of a rank's nodes, formed as the nodes come: a stack as deep as a binary counter, so
/// that n nodes need about log2(n) copies of the gradients, and one node needs none.
class LocalSums {
 public:
  /// `gradients`: where every node's gradients appear, and where the last partial sum is left.
  LocalSums(std::span<float> gradients, LocalSumPlan plan, int threads);

  /// Takes the gradients [range) of local node `node`. For any range, nodes come in order.
  void take(std::int64_t node, Range range);
  /// After the last node was taken: the partial sums of [range), in the order of LocalSumPlan::partials.
  std::vector<std::span<float>> partials(Range range);

 private:
  bool is_last(std::int64_t node) const { return node + 1 == std::ssize(plan_.merges); }
  std::span<float> stacked(int level, Range range);

  std::span<float> gradients_;
  LocalSumPlan plan_;
  int threads_;
  std::vector<int> depth_;  ///< of the stack before each node
  std::vector<AlignedBuffer<float>> stack_;
};

}  // namespace acrtc::train
