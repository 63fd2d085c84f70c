#pragma once

#include <cstdint>

#include "job.hpp"

namespace acrtc::app {

/// Bytes that a run's files take while it goes on.
struct DiskNeed {
  double log = 0;          ///< before it is compressed in the end
  double checkpoints = 0;  ///< those that are kept, the best one and one that is being written
  double weights = 0;
  double captures = 0;  ///< single files, and the one that is made of them

  double sum() const { return log + checkpoints + weights + captures; }
};

/// What beside the job decides about it.
struct DiskPlan {
  std::int64_t checkpoints_kept = 0;  ///< 0 = none is written
  std::int64_t captured_gemms = 0;
};

/// An estimate from the layout of the files. What schemes and controllers remember in checkpoints is left out: it is
/// known only once they run.
DiskNeed disk_need(Job& job, const DiskPlan& plan);

}  // namespace acrtc::app
