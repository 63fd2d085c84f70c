#include "local_sums.hpp"

#include <algorithm>

#include "vector_math.hpp"

namespace acrtc::train {

LocalSums::LocalSums(std::span<float> gradients, LocalSumPlan plan, int threads)
    : gradients_(gradients), plan_(std::move(plan)), threads_(threads), depth_{0} {
  for (const int merges : plan_.merges) depth_.push_back(depth_.back() + 1 - merges);
  const int deepest = *std::max_element(depth_.begin(), depth_.end() - 1);
  for (int level = 0; level < deepest; ++level) stack_.emplace_back(gradients.size());
}

std::span<float> LocalSums::stacked(int level, Range range) {
  return stack_[level].span().subspan(range.begin, range.size());
}

void LocalSums::take(std::int64_t node, Range range) {
  const auto gradients = gradients_.subspan(range.begin, range.size());
  const int merges = plan_.merges[node], top = depth_[node];
  if (is_last(node)) {
    for (int level = top - 1; level >= top - merges; --level) add(gradients, stacked(level, range), threads_);
    return;
  }
  if (merges == 0) return scale(stacked(top, range), gradients, 1, threads_);
  add(stacked(top - 1, range), gradients, threads_);
  for (int level = top - 2; level >= top - merges; --level)
    add(stacked(level, range), stacked(level + 1, range), threads_);
}

std::vector<std::span<float>> LocalSums::partials(Range range) {
  std::vector<std::span<float>> parts;
  for (int level = 0; level + 1 < depth_.back(); ++level) parts.push_back(stacked(level, range));
  parts.push_back(gradients_.subspan(range.begin, range.size()));
  return parts;
}

}  // namespace acrtc::train
