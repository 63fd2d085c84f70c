#pragma once

#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/comm/communicator.hpp"
#include "acrtc/comm/host_memory.hpp"

namespace acrtc::train {

/// Who finishes what of a flat array that is cut into buckets: of each bucket every rank a slice, so that slices of one
/// bucket, from the first rank to the last, are the bucket. They are of whole chunks, which norms are measured by.
struct RankSlices {
  int rank = 0, ranks = 1;

  Range of(int any_rank, Range bucket) const;
  Range own(Range bucket) const { return of(rank, bucket); }
};

/// Brings the slices that each rank has finished to all others, bucket by bucket and without blocking. All ranks start
/// the same buckets in the same order, and finish, unless one of them ends the job.
class SliceSpread {
 public:
  /// `array` is owned by the caller and must outlive this object. `slices` of one rank: there is nothing to bring.
  SliceSpread(comm::HostArray array, const RankSlices& slices, const comm::Communicator& ranks);

  /// This rank's slice of `bucket` is final; others' are received from now on.
  void start(Range bucket);
  /// Waits until the slices of all ranks stand in every bucket started, and until this rank's have been taken.
  void finish();

 private:
  /// A slice that is taken from where another rank of this machine has it, once that has told.
  struct Seen {
    int rank;
    Range slice;
    comm::Request told;
  };
  void take(const Seen& seen);

  comm::HostArray array_;
  RankSlices slices_;
  comm::Communicator ranks_;
  std::vector<comm::Request> requests_;
  std::vector<Seen> seen_;  ///< in the order of start()
  std::size_t taken_ = 0;   ///< of them
};

}  // namespace acrtc::train
