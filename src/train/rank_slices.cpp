#include "acrtc/train/rank_slices.hpp"

#include <algorithm>

#include "acrtc/base/integer.hpp"
#include "vector_math.hpp"

namespace acrtc::train {

Range RankSlices::of(int any_rank, Range bucket) const {
  const auto chunks = ceil_div(bucket.size(), ChunkedNorm::chunk);
  const auto border = [&](int r) {
    return std::min(bucket.end, bucket.begin + chunks * r / ranks * ChunkedNorm::chunk);
  };
  return {border(any_rank), border(any_rank + 1)};
}

SliceSpread::SliceSpread(std::span<float> array, const RankSlices& slices, const comm::Communicator& ranks)
    : array_(array), slices_(slices), ranks_(ranks) {}

void SliceSpread::start(Range bucket) {
  constexpr int tag = 0;  // messages of one tag keep their order, and no others are under way
  const auto part = [&](int rank) {
    const Range slice = slices_.of(rank, bucket);
    return array_.subspan(slice.begin, slice.size());
  };
  for (int rank = 0; rank < slices_.ranks; ++rank) {
    if (rank == slices_.rank) continue;
    requests_.push_back(ranks_.receive(part(rank), rank, tag));
    requests_.push_back(ranks_.send(part(slices_.rank), rank, tag));
  }
}

void SliceSpread::finish() {
  requests_.clear();  // each waits for its end
}

}  // namespace acrtc::train
