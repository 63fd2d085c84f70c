#include "acrtc/dataset/order.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"

namespace acrtc::dataset {

EpochOrder::EpochOrder(std::int64_t samples, std::int64_t global_batch, std::uint64_t seed, std::uint32_t epoch,
                       std::int64_t run)
    : global_batch_(global_batch) {
  require(global_batch >= 1, "a global batch holds at least one sample");
  require(run >= 1, "a run holds at least one sample");
  require(samples <= std::numeric_limits<std::uint32_t>::max(), "sample indices have 32 bits");
  if (samples < global_batch)
    throw UserError("the dataset does not fill one global batch",
                    std::to_string(samples) + " training samples, global batch " + std::to_string(global_batch),
                    "use fewer nodes, a smaller batch or more samples");
  std::vector<std::uint32_t> runs(static_cast<std::size_t>((samples + run - 1) / run));
  permute(runs, Random(seed, RandomStream::shuffle), epoch);
  order_.reserve(static_cast<std::size_t>(samples));
  for (const std::int64_t r : runs)
    for (std::int64_t i = r * run; i < std::min(samples, (r + 1) * run); ++i)
      order_.push_back(static_cast<std::uint32_t>(i));
}

std::span<const std::uint32_t> EpochOrder::share(std::int64_t step, std::int64_t node, std::int64_t nodes) const {
  require(step >= 0 && step < steps(), "the step lies in the epoch");
  require(node >= 0 && node < nodes, "the node is one of the nodes");
  require(global_batch_ % nodes == 0, "the nodes share the global batch equally");
  const std::int64_t size = global_batch_ / nodes;
  return std::span(order_).subspan(static_cast<std::size_t>(step * global_batch_ + node * size),
                                   static_cast<std::size_t>(size));
}

}  // namespace acrtc::dataset
