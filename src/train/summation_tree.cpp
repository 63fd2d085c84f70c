#include "summation_tree.hpp"

#include <algorithm>
#include <bit>

#include "acrtc/base/error.hpp"

namespace acrtc::train {
namespace {

bool inside(Range inner, Range outer) { return outer.begin <= inner.begin && inner.end <= outer.end; }

void count_merges(Range subtree, std::int64_t first, std::vector<int>& merges) {
  if (subtree.size() == 1) return;
  ++merges[subtree.end - 1 - first];
  const auto middle = split_point(subtree);
  count_merges({subtree.begin, middle}, first, merges);
  count_merges({middle, subtree.end}, first, merges);
}

void visit(Range subtree, Range local, LocalSumPlan& plan) {
  if (subtree.end <= local.begin || local.end <= subtree.begin) return;
  if (inside(subtree, local)) {
    plan.partials.push_back(subtree);
    count_merges(subtree, local.begin, plan.merges);
    return;
  }
  const auto middle = split_point(subtree);
  visit({subtree.begin, middle}, local, plan);
  visit({middle, subtree.end}, local, plan);
}

}  // namespace

Range nodes_of_rank(int rank, std::int64_t nodes, int ranks) {
  return {nodes * rank / ranks, nodes * (rank + 1) / ranks};
}

std::int64_t split_point(Range nodes) {
  require(nodes.size() >= 2, "a single node does not split");
  return nodes.begin + static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(nodes.size() - 1)));
}

LocalSumPlan plan_local_sums(std::int64_t nodes, Range local) {
  LocalSumPlan plan;
  plan.merges.assign(local.size(), 0);
  visit({0, nodes}, local, plan);
  return plan;
}

}  // namespace acrtc::train
