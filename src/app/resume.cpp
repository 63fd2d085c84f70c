#include "resume.hpp"

#include <algorithm>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/record/run_reader.hpp"
#include "same_run.hpp"

namespace acrtc::app {
namespace {

/// Steps that the log has. A checkpoint behind them would leave a gap.
std::int64_t logged_steps(const record::RunReader& log, const Configuration& configuration) {
  check_same_run(log.provenance().configuration, log.path().string(), configuration);
  return log.rows("steps");
}

record::Checkpoint usable(const std::filesystem::path& path, std::int64_t logged_steps,
                          const Configuration& configuration) {
  auto checkpoint = record::read_checkpoint(path);
  check_same_run(checkpoint.configuration, path.string(), configuration);
  if (checkpoint.state.step > logged_steps)
    throw UserError("cannot go on from '" + path.string() + "'",
                    "it was taken after step " + std::to_string(checkpoint.state.step) + ", the log has " +
                        std::to_string(logged_steps) + " steps",
                    "resume from an earlier checkpoint");
  return checkpoint;
}

/// Reads it from beginning to end: a file that was cut may still open.
void read_through(const record::RunReader& log) {
  constexpr std::int64_t elements_at_once = std::int64_t{1} << 20;
  for (const std::string& name : log.datasets()) {
    const store::Dataset dataset = log.dataset(name);
    if (dataset.type() == store::ElementType::text) continue;
    const std::int64_t rows = dataset.rows(), elements = std::max<std::int64_t>(1, dataset.row_elements()),
                       at_once = std::max<std::int64_t>(1, elements_at_once / elements);
    for (std::int64_t row = 0; row < rows; row += at_once) dataset.read<double>({row, std::min(rows, row + at_once)});
  }
}

/// Nothing where the log cannot be read; why then stands in `point`.
std::optional<record::RunReader> open_log(const std::filesystem::path& path, ResumePoint& point) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    record::RunReader log(path);
    read_through(log);
    return log;
  } catch (const UserError& error) {
    point.log_is_damaged = true;
    point.passed_over.emplace_back(error.what());
    return std::nullopt;
  }
}

/// The first of `files` that the run can go on from.
ResumePoint first_usable(const std::vector<std::filesystem::path>& files, const Remains& remains,
                         const Configuration& configuration) {
  ResumePoint point;
  const auto log = open_log(remains.log, point);
  const auto steps = log ? logged_steps(*log, configuration) : 0;
  point.has_log = log.has_value();
  if (log) point.cpu_isa = log->provenance().cpu_isa;
  for (const auto& file : files) {
    try {
      point.checkpoint = usable(file, steps, configuration);
      break;
    } catch (const UserError& error) {
      point.passed_over.emplace_back(error.what());
    }
  }
  return point;
}

/// The best checkpoint, too, may belong to the course that a roll-back discards; one that cannot be read is no loss.
void remove_best_after(std::int64_t step, const record::CheckpointFolder& folder) {
  bool is_later = true;
  try {
    is_later = record::read_checkpoint(folder.best()).state.step > step;
  } catch (const UserError&) {
  }
  std::error_code ignored;  // one file too many ends no run
  if (is_later) std::filesystem::remove(folder.best(), ignored);
}

}  // namespace

ResumePoint find_resume_point(const Remains& remains, const Configuration& configuration) {
  return first_usable(remains.checkpoints.list(), remains, configuration);
}

ResumePoint resume_from(const std::filesystem::path& checkpoint, const Remains& remains,
                        const Configuration& configuration) {
  ResumePoint point;
  const record::RunReader log(remains.log);
  point.checkpoint = usable(checkpoint, logged_steps(log, configuration), configuration);
  point.has_log = true;
  point.cpu_isa = log.provenance().cpu_isa;
  return point;
}

ResumePoint rolled_back(Remains remains, const Configuration& configuration) {
  constexpr double least_factor = 1.0 / 256;
  auto files = remains.checkpoints.list();
  std::ranges::reverse(files);
  ResumePoint point = first_usable(files, remains, configuration);
  if (!point.checkpoint || point.checkpoint->state.learning_rate_factor <= least_factor) return {};
  point.checkpoint->state.learning_rate_factor /= 2;
  point.checkpoint->log_ends_here = true;
  remains.checkpoints.write(*point.checkpoint);
  remove_best_after(point.checkpoint->state.step, remains.checkpoints);
  return point;
}

std::filesystem::path set_aside(const std::filesystem::path& log) {
  auto aside = log;
  aside += ".damaged";
  std::error_code error;
  std::filesystem::rename(log, aside, error);
  if (error) throw UserError("cannot rename '" + log.string() + "'", error.message());
  return aside;
}

}  // namespace acrtc::app
