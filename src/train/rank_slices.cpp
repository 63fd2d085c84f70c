#include "acrtc/train/rank_slices.hpp"

#include <algorithm>
#include <utility>

#include "acrtc/base/integer.hpp"
#include "vector_math.hpp"

namespace acrtc::train {
namespace {

// Sums of gradients use them too: two ranks send and await all messages of one tag in the same order.
constexpr int finished_tag = 0, taken_tag = 1;

}  // namespace

Range RankSlices::of(int any_rank, Range bucket) const {
  const auto chunks = ceil_div(bucket.size(), ChunkedNorm::chunk);
  const auto border = [&](int r) {
    return std::min(bucket.end, bucket.begin + chunks * r / ranks * ChunkedNorm::chunk);
  };
  return {border(any_rank), border(any_rank + 1)};
}

SliceSpread::SliceSpread(comm::HostArray array, const RankSlices& slices, const comm::Communicator& ranks)
    : array_(std::move(array)), slices_(slices), ranks_(ranks) {}

void SliceSpread::start(Range bucket) {
  const auto part = [&](int rank) {
    const Range slice = slices_.of(rank, bucket);
    return array_.own().subspan(slice.begin, slice.size());
  };
  for (int rank = 0; rank < slices_.ranks; ++rank) {
    if (rank == slices_.rank) continue;
    if (!array_.sees(rank)) {
      requests_.push_back(ranks_.receive(part(rank), rank, finished_tag));
      requests_.push_back(ranks_.send(part(slices_.rank), rank, finished_tag));
      continue;
    }
    if (!part(rank).empty()) seen_.push_back({rank, slices_.of(rank, bucket), ranks_.await(rank, finished_tag)});
    if (!part(slices_.rank).empty()) requests_.push_back(ranks_.signal(rank, finished_tag));
  }
  while (taken_ < seen_.size() && seen_[taken_].told.done()) take(seen_[taken_++]);
}

void SliceSpread::take(const Seen& seen) {
  const auto part = [&](std::span<float> array) { return array.subspan(seen.slice.begin, seen.slice.size()); };
  std::ranges::copy(part(array_.of(seen.rank)), part(array_.own()).begin());
}

void SliceSpread::finish() {
  for (; taken_ < seen_.size(); ++taken_) {
    seen_[taken_].told.wait();
    take(seen_[taken_]);
  }
  for (int rank = 0; rank < slices_.ranks; ++rank) {
    if (rank == slices_.rank || !array_.sees(rank)) continue;
    requests_.push_back(ranks_.signal(rank, taken_tag));
    requests_.push_back(ranks_.await(rank, taken_tag));
  }
  requests_.clear();  // each waits for its end
  seen_.clear();
  taken_ = 0;
}

}  // namespace acrtc::train
