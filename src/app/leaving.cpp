#include "leaving.hpp"

#include <atomic>
#include <csignal>

namespace acrtc::app {
namespace {

// A signal handler reaches nothing but what lives as long as the process.
std::atomic<int> polite_signals, fatal;
static_assert(std::atomic<int>::is_always_lock_free, "handlers must not lock");

extern "C" void count_polite(int) { ++polite_signals; }

extern "C" void note_fatal(int signal) {
  if (fatal.exchange(signal) == 0) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // no call of the program or its libraries ends early
  sigaction(signal, &action, nullptr);
}

}  // namespace

void count_signals_to_leave() {
  for (const int signal : {SIGUSR1, SIGUSR2}) handle(signal, count_polite);
}

Leaving::Leaving(double max_minutes) : max_minutes_(max_minutes) {
  for (const int signal : {SIGTERM, SIGINT}) handle(signal, note_fatal);
}

Leaving::~Leaving() {
  for (const int signal : {SIGTERM, SIGINT}) handle(signal, SIG_DFL);
}

train::Wish Leaving::after_step() {
  if (fatal != 0 || polite_signals > 1) return train::Wish::stop;
  const double minutes = std::chrono::duration<double>(Clock::now() - began_).count() / 60;
  const bool time_is_up = max_minutes_ > 0 && minutes >= max_minutes_;
  return polite_signals > 0 || time_is_up ? train::Wish::leave : train::Wish::go_on;
}

int Leaving::fatal_signal() const { return fatal; }

}  // namespace acrtc::app
