#include "start_alarm.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace acrtc::comm {
namespace {

// A signal handler reaches nothing but what lives as long as the process.
std::atomic<int> status;
static_assert(std::atomic<int>::is_always_lock_free, "handlers must not lock");

extern "C" void end_unstarted(int) {
  constexpr std::string_view text =
      "acrtc: error: the job hangs: MPI has not started (a rank has stopped, or a host cannot be reached)\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
  _exit(status);
}

/// The launcher's number of this process, before MPI knows it; 0 under a launcher that does not tell.
unsigned number_of_process() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* number = std::getenv(name)) return static_cast<unsigned>(std::strtoul(number, nullptr, 10));
  return 0;
}

}  // namespace

StartAlarm::StartAlarm(const StartLimit& limit) {
  if (limit.seconds == 0) return;
  status = limit.status;
  std::signal(SIGALRM, end_unstarted);
  alarm(limit.seconds + std::min(number_of_process(), 30U));  // one after the other, so that one message comes
}

StartAlarm::~StartAlarm() {
  alarm(0);
  std::signal(SIGALRM, SIG_DFL);
}

}  // namespace acrtc::comm
