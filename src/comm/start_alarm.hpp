#pragma once

#include "acrtc/comm/communicator.hpp"

namespace acrtc::comm {

/// Ends this process, and says why on stderr, unless it is gone in time. One that stops within MPI_Init is waited for
/// by all others there: nobody has a communicator yet by which to miss it. One object a process, which has the system's
/// only alarm.
class StartAlarm {
 public:
  explicit StartAlarm(const StartLimit& limit);
  ~StartAlarm();
  StartAlarm(const StartAlarm&) = delete;
  StartAlarm& operator=(const StartAlarm&) = delete;
};

}  // namespace acrtc::comm
