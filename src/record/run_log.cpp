#include "acrtc/record/run_log.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "acrtc/store/copy.hpp"
#include "log_tables.hpp"

namespace acrtc::record {
namespace {

using Clock = std::chrono::steady_clock;

template <class Record>
std::vector<const Record*> cells(const std::vector<Record>& records) {
  std::vector<const Record*> result;
  for (const Record& record : records) result.push_back(&record);
  return result;
}

std::vector<const train::GemmInterval*> cells(const train::LayerRecord& record) {
  std::vector<const train::GemmInterval*> result;
  for (const auto& node : record.nodes)
    for (const train::GemmInterval& gemm : node) result.push_back(&gemm);
  return result;
}

}  // namespace

class RunLog::Impl {
 public:
  Impl(const std::filesystem::path& path, const RunDescription& description, const RunLogOptions& options)
      : options_(options),
        gemms_(static_cast<std::size_t>(description.nodes) * description.gemms.size()),
        nodes_(static_cast<std::size_t>(description.nodes)),
        path_(path),
        file_(store::File::create(path, options.existing)),
        tables_(file_, description) {}

  void take_rows(const store::File& old) {
    tables_.take_rows(old.root(), options_.end);
    if (const std::int64_t rows = tables_.steps.rows(); rows > 0)
      next_step_ = tables_.root.dataset("steps/step").read<std::int64_t>({rows - 1, rows}).front() + 1;
  }

  void start_streaming() { file_.start_streaming(); }

  /// Puts the finished layout, rows and all, where the old log was.
  void replace(const std::filesystem::path& old) {
    sync();
    std::filesystem::rename(path_, old);
    path_ = old;
  }

  void put(const control::Decision& decision) {
    for (const reuse::Role role : reuse::roles) {
      const std::int64_t next = tables_.decisions.rows();
      const std::int64_t row = tables_.known_decisions.find({decision.step, static_cast<std::int64_t>(role)}, next);
      const DecisionRow cell{.decision = row, .role = role, .record = decision};
      tables_.decisions.put(row, {&cell});
    }
    flush_when_due();
  }

  void put(const train::StepRecord& record) {
    require(record.nodes.size() == nodes_, "a step has another number of nodes than the log");
    if (next_step_ && record.step > *next_step_)
      throw UserError("'" + path_.string() + "' ends before step " + std::to_string(*next_step_) +
                          ", but the run goes on at step " + std::to_string(record.step),
                      "the log and the checkpoint are not of the same run", "resume from an earlier checkpoint");
    const std::int64_t row = tables_.known_steps.find({record.step}, tables_.steps.rows());
    tables_.steps.put(row, {&record});
    tables_.node_steps.put(row, {&record});
    tables_.nodes.put(row, cells(record.nodes));
    next_step_ = std::max(next_step_.value_or(0), record.step + 1);
    flush_when_due();
  }

  void put(const train::LayerRecord& record) {
    const auto all = cells(record);
    require(all.size() == gemms_, "an interval has other nodes or GEMMs than the log");
    const std::int64_t row =
        tables_.known_intervals.find({record.step_begin, record.step_end, record.exact}, tables_.intervals.rows());
    const IntervalRow interval{row, record};
    tables_.intervals.put(row, {&interval});
    tables_.gemms.put(row, all);
    flush_when_due();
  }

  void put(const train::EpochRecord& record) {
    tables_.epochs.put(tables_.known_epochs.find({record.epoch}, tables_.epochs.rows()), {&record});
    flush_when_due();
  }

  void sync() {
    tables_.flush();
    file_.sync();
  }

  void end(RunState state) {
    if (ended_) return;
    ended_ = true;
    const std::uint8_t code[] = {static_cast<std::uint8_t>(state)};
    tables_.state.overwrite(std::span<const std::uint8_t>(code));
    tables_.state.flush();
    tables_.flush();
    file_.close();
    if (state == RunState::finished) store::pack(path_);
  }

 private:
  void flush_when_due() {
    const Clock::time_point now = Clock::now();
    if (std::chrono::duration<double>(now - flushed_).count() < options_.flush_seconds) return;
    tables_.flush();
    flushed_ = now;
  }

  RunLogOptions options_;
  std::size_t gemms_, nodes_;  ///< cells of a row
  std::filesystem::path path_;
  store::File file_;
  LogTables tables_;
  Clock::time_point flushed_ = Clock::now();
  std::optional<std::int64_t> next_step_;
  bool ended_ = false;
};

RunLog::RunLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RunLog::RunLog(const std::filesystem::path& path, const RunDescription& description, const RunLogOptions& options)
    : impl_(std::make_unique<Impl>(path, description, options)) {
  impl_->start_streaming();
}

std::unique_ptr<RunLog> RunLog::resume(const std::filesystem::path& path, const RunDescription& description,
                                       const RunLogOptions& options) {
  auto beside = path;
  beside += ".resumed";
  const store::File old = store::File::open(path, store::Access::follow);
  try {
    auto impl = std::make_unique<Impl>(beside, description,
                                       RunLogOptions{store::Existing::replace, options.flush_seconds, options.end});
    impl->take_rows(old);
    impl->start_streaming();
    impl->replace(path);
    return std::unique_ptr<RunLog>(new RunLog(std::move(impl)));
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    throw;
  }
}

RunLog::~RunLog() {
  try {
    if (impl_) impl_->end(RunState::failed);
  } catch (...) {
    // Whatever made the run fail is on its way to the user; a second failure to write would hide it.
  }
}

void RunLog::on_decision(const control::Decision& decision) { impl_->put(decision); }
void RunLog::on_step(const train::StepRecord& record) { impl_->put(record); }
void RunLog::on_layers(const train::LayerRecord& record) { impl_->put(record); }
void RunLog::on_epoch(const train::EpochRecord& record) { impl_->put(record); }
void RunLog::sync() { impl_->sync(); }
void RunLog::end(RunState state) { impl_->end(state); }

}  // namespace acrtc::record
