#include "progress.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "acrtc/base/text.hpp"

namespace acrtc::app {
namespace {

constexpr int least_bar = 5, widest_bar = 20;
constexpr int usual_columns = 80;
constexpr double smoothing = 0.05;

/// Of mpirun's and srun's variables only those that MPI does not set itself where it starts a rank without a launcher.
bool under_launcher() { return std::getenv("OMPI_COMM_WORLD_SIZE") || std::getenv("SLURM_PROCID"); }

/// The terminal's columns; the usual number where stderr is none, as under mpirun.
int columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_columns;
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

/// Without the sign of what is rounded to zero or is no number.
std::string fixed(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool signed_nothing = text.starts_with('-') && text.find_first_of("123456789i") == std::string::npos;
  return signed_nothing ? text.substr(1) : text;
}

template <class T>
std::string saved(T dense, T with_reuse) {
  return fixed(dense.value > 0 ? 100 * (1 - with_reuse / dense) : 0, 1);
}

/// In the columns that there are: what comes first is left out first, and the bar takes what room there is.
std::string bar(std::vector<std::string> parts, double share) {
  const int room = columns() - 1;  // in the last column some terminals begin another line
  const auto fits = [&] { return std::ssize(join(parts, "  ")) + least_bar + 3 <= room; };
  while (parts.size() > 1 && !fits()) parts.erase(parts.begin());
  const std::string status = join(parts, "  ");
  const int width = std::clamp(room - 3 - static_cast<int>(status.size()), least_bar, widest_bar);
  const int filled = static_cast<int>(width * share);
  return fmt::format("[{:#>{}}{:.>{}}] {}", "", filled, "", width - filled, status);
}

}  // namespace

Progress::Progress(ProgressStyle style, std::int64_t total_steps)
    : style_(resolved(style)), total_steps_(total_steps), last_shown_(Clock::now()) {}

void Progress::on_step(const train::StepRecord& record) {
  average(record);
  time_dense_ += record.time_dense, time_ += record.time;
  energy_dense_ += record.energy_dense, energy_ += record.energy;

  const auto interval = style_ == ProgressStyle::bar ? std::chrono::milliseconds(200) : std::chrono::seconds(10);
  const bool last = record.step + 1 == total_steps_;
  if (style_ == ProgressStyle::off || (!last && Clock::now() - last_shown_ < interval)) return;
  last_shown_ = Clock::now();
  show(record);
}

/// A step whose gradients overflow under a loss scale may have no finite loss; the averages go on without it.
void Progress::average(const train::StepRecord& record) {
  if (!std::isfinite(record.loss)) return;
  const double weight = std::exchange(averages_, true) ? smoothing : 1;
  loss_ += weight * (record.loss - loss_);
  accuracy_ += weight * (record.accuracy - accuracy_);
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
    fmt::print(stderr, "step {}/{}  {}\n", record.step + 1, total_steps_, join(status(record), "  "));
    return;
  }
  const double share =
      static_cast<double>(record.step + 1) / static_cast<double>(std::max<std::int64_t>(1, total_steps_));
  fmt::print(stderr, "\r\033[K{}", bar(status(record), share));
}

std::vector<std::string> Progress::status(const train::StepRecord& record) const {
  const double rate = static_cast<double>(record.samples) / std::max(1e-9, record.wall_seconds);
  const auto done = static_cast<double>(record.step + 1);
  const double left = record.wall_seconds * (static_cast<double>(total_steps_) / done - 1);
  return {fmt::format("{:.0f} samples/s", rate), fmt::format("loss {}", fixed(loss_, 3)),
          fmt::format("acc {} %", fixed(100 * accuracy_, 1)),
          fmt::format("saved time {} % energy {} %", saved(time_dense_, time_), saved(energy_dense_, energy_)),
          fmt::format("{} left", duration(std::max(0.0, left)))};
}

}  // namespace acrtc::app
