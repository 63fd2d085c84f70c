#pragma once

#include "acrtc/comm/watchdog.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::app {

/// Tells a watchdog how this rank gets on with a run. Made and destroyed on every rank.
class Heartbeat : public train::RunObserver {
 public:
  Heartbeat(const comm::Communicator& ranks, const comm::WatchdogOptions& options);

  void on_activity(std::int64_t step, const char* what) override;

 private:
  comm::Watchdog watchdog_;
};

}  // namespace acrtc::app
