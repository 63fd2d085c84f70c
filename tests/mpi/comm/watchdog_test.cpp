#include "acrtc/comm/watchdog.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace acrtc::comm {
namespace {

using namespace std::chrono_literals;

const auto& world() {
  static const auto all = Communicator::world();
  return all;
}

// A verdict ends this program: what these tests show is that there is none. tests/samples and tests/faults show others.

TEST(Watchdog, LetsRanksLeaveOneAfterTheOther) {
  { const Watchdog watchdog(world(), {.silence = 1, .standstill = 0, .status = 1}); }
  {
    const Watchdog watchdog(world(), {.silence = 1, .standstill = 0, .status = 1});
    if (world().rank() % 2 == 0) std::this_thread::sleep_for(2500ms);
  }
  world().barrier();
}

TEST(Watchdog, WaitsForRanksThatWaitForOneThatGetsOn) {
  Watchdog watchdog(world(), {.silence = 0, .standstill = 1, .status = 1});
  watchdog.note(0, "waiting");
  if (world().rank() == world().size() - 1)
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(200ms);
      watchdog.note(i, "work");
    }
  world().barrier();
  // Rank 0 leaves first. The others have not got on since the start, and judge by themselves from here on.
  if (world().rank() != 0) std::this_thread::sleep_for(500ms);
}

}  // namespace
}  // namespace acrtc::comm
