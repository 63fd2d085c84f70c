#include "micro_batch_sum.hpp"

#include "vector_math.hpp"

namespace acrtc::train {

MicroBatchSum::MicroBatchSum(std::span<float> gradients, std::int64_t micro_batches, int threads)
    : gradients_(gradients), kept_(micro_batches > 1 ? gradients.size() : 0), threads_(threads) {}

void MicroBatchSum::keep() {
  if (parts_++ == 0)
    scale(kept_.span(), gradients_, 1, threads_);
  else
    add(kept_.span(), gradients_, threads_);
}

void MicroBatchSum::finish(Range range) {
  if (parts_ == 0) return;
  const auto part = [&](std::span<float> all) { return all.subspan(range.begin, range.size()); };
  add(part(gradients_), part(kept_.span()), threads_);
}

}  // namespace acrtc::train
