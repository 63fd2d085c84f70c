#include "heartbeat.hpp"

namespace acrtc::app {

Heartbeat::Heartbeat(const comm::Communicator& ranks, const comm::WatchdogOptions& options)
    : watchdog_(ranks, options) {}

void Heartbeat::on_activity(std::int64_t step, const char* what) { watchdog_.note(step, what); }

}  // namespace acrtc::app
