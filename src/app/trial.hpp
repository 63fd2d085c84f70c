#pragma once

#include <string>

#include "acrtc/comm/communicator.hpp"
#include "job.hpp"

namespace acrtc::app {

/// Runs a few real steps of a job, writes nothing, and tells what the whole run will need: memory a rank, disk, time an
/// epoch, and what is emulated in one step. Collective; the text is on rank 0 alone. The job's weights have moved.
std::string try_out(Job& job, const comm::Communicator& ranks);

}  // namespace acrtc::app
