#pragma once

#include <cstdint>
#include <vector>

#include "acrtc/base/tensor.hpp"

namespace acrtc::train {

/// The nodes that `rank` emulates.
Range nodes_of_rank(int rank, std::int64_t nodes, int ranks);

/// Where [begin, end) of two or more nodes splits: the largest power of two below its length from its beginning.
std::int64_t split_point(Range nodes);

/// Which sums a rank that holds nodes `local` of [0, nodes) can form by itself.
struct LocalSumPlan {
  /// Index = local node: how many subtrees of two or more nodes, wholly inside `local`, that node completes.
  std::vector<int> merges;
  /// The largest subtrees wholly inside `local`, from left to right.
  std::vector<Range> partials;
};
LocalSumPlan plan_local_sums(std::int64_t nodes, Range local);

}  // namespace acrtc::train
