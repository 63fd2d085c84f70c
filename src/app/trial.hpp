#pragma once

#include <string>

#include "acrtc/comm/communicator.hpp"
#include "disk_need.hpp"
#include "job.hpp"

namespace acrtc::app {

/// Runs a few real steps of a job, writes nothing, and tells what the whole run will need: memory a rank, disk, time an
/// epoch, and what is emulated in one step. Where a step is long, of many nodes or micro-batches a rank, it runs a few
/// of them and extrapolates. Collective; the text is on rank 0 alone. The job's weights have moved.
std::string try_out(Job& job, const DiskPlan& plan, const comm::Communicator& ranks);

}  // namespace acrtc::app
