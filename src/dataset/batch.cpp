#include "acrtc/dataset/batch.hpp"

#include "acrtc/base/parallel.hpp"

namespace acrtc::dataset {
namespace {

/// Enough samples a task that handing out tasks costs little beside reading even the smallest images.
constexpr std::int64_t samples_per_task = 8;

}  // namespace

void read_batch(const Dataset& dataset, Split split, std::uint32_t epoch, std::span<const std::uint32_t> indices,
                int threads, Batch& batch) {
  const auto samples = static_cast<std::int64_t>(indices.size());
  batch.images.resize(samples, dataset.shape());
  batch.labels.resize(indices.size());
  parallel_ranges(threads, samples, samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n)
      batch.labels[n] = dataset.read({split, indices[n], epoch}, batch.images.sample(n));
  });
}

}  // namespace acrtc::dataset
