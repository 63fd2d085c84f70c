#include "progress.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace acrtc::app {
namespace {

constexpr int bar_width = 20;
constexpr double smoothing = 0.05;

bool under_launcher() {
  return std::getenv("OMPI_COMM_WORLD_RANK") || std::getenv("PMIX_RANK") || std::getenv("SLURM_PROCID");
}

ProgressStyle resolved(ProgressStyle style) {
  if (style != ProgressStyle::automatic) return style;
  return isatty(STDERR_FILENO) && !under_launcher() ? ProgressStyle::bar : ProgressStyle::lines;
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

template <class T>
double saved(T dense, T with_reuse) {
  return dense.value > 0 ? 100 * (1 - with_reuse / dense) : 0;
}

}  // namespace

Progress::Progress(ProgressStyle style, std::int64_t total_steps)
    : style_(resolved(style)), total_steps_(total_steps), last_shown_(Clock::now()) {}

void Progress::on_step(const train::StepRecord& record) {
  const double weight = record.step == 0 ? 1 : smoothing;
  loss_ += weight * (record.loss - loss_);
  accuracy_ += weight * (record.accuracy - accuracy_);
  time_dense_ += record.time_dense, time_ += record.time;
  energy_dense_ += record.energy_dense, energy_ += record.energy;

  const auto interval = style_ == ProgressStyle::bar ? std::chrono::milliseconds(200) : std::chrono::seconds(10);
  const bool last = record.step + 1 == total_steps_;
  if (style_ == ProgressStyle::off || (!last && Clock::now() - last_shown_ < interval)) return;
  last_shown_ = Clock::now();
  show(record);
}

void Progress::on_epoch(const train::EpochRecord& record) {
  if (style_ == ProgressStyle::off) return;
  const std::string tested =
      std::isnan(record.test_accuracy)
          ? ""
          : fmt::format(", test loss {:.4f}, test accuracy {:.2f} %", record.test_loss, 100 * record.test_accuracy);
  fmt::print(stderr, "{}epoch {}: train loss {:.4f}, train accuracy {:.2f} %{}\n",
             style_ == ProgressStyle::bar ? "\r\033[K" : "", record.epoch + 1, record.train_loss,
             100 * record.train_accuracy, tested);
}

void Progress::on_damage(const dataset::Damage& damage) {
  const bool one = damage.samples == 1;
  fmt::print(stderr, "acrtc: warning: {} broken sample{} in one epoch {} replaced by {}; the first: {}\n",
             damage.samples, one ? "" : "s", one ? "was" : "were", one ? "another" : "others",
             damage.messages.empty() ? "" : damage.messages.front());
}

void Progress::show(const train::StepRecord& record) {
  if (style_ == ProgressStyle::lines) {
    fmt::print(stderr, "step {}/{}  {}\n", record.step + 1, total_steps_, status(record));
    return;
  }
  const auto filled = static_cast<int>(bar_width * (record.step + 1) / std::max<std::int64_t>(1, total_steps_));
  fmt::print(stderr, "\r\033[K[{:#>{}}{:.>{}}] {}", "", filled, "", bar_width - filled, status(record));
}

std::string Progress::status(const train::StepRecord& record) const {
  const double rate = static_cast<double>(record.samples) / std::max(1e-9, record.wall_seconds);
  const auto done = static_cast<double>(record.step + 1);
  const double left = record.wall_seconds * (static_cast<double>(total_steps_) / done - 1);
  return fmt::format("{:.0f} samples/s  loss {:.3f}  acc {:.1f} %  saved time {:.1f} % energy {:.1f} %  {} left", rate,
                     loss_, 100 * accuracy_, saved(time_dense_, time_), saved(energy_dense_, energy_),
                     duration(std::max(0.0, left)));
}

}  // namespace acrtc::app
