#include "acrtc/record/run_log.hpp"

#include <algorithm>
#include <chrono>
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

void set_state(store::Dataset& dataset, RunState state) {
  const std::uint8_t code[] = {static_cast<std::uint8_t>(state)};
  dataset.overwrite(std::span<const std::uint8_t>(code));
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
        file_(store::File::create(path, options.existing)),
        tables_(file_, description) {}

  void take_rows(const store::File& old) { tables_.take_rows(old.root(), options_.mark, options_.later_rows); }

  void start_streaming() { file_.start_streaming(); }

  /// Puts the finished layout, rows and all, where the old log was.
  void replace(const std::filesystem::path& old) {
    sync();
    file_.move(old);
  }

  /// The rows of a record. The look comes before rows of old are read again: a writer that waits for others to finish a
  /// block, as HDF5 has it, would wait for ever for one that is cut off.
  template <class Record>
  void add(const Record& record) {
    file_.check_in_place();
    or_tell_of_others([&] { put(record); });
    flush_when_due();
  }

  LogMark mark() { return tables_.mark(); }

  void sync() {
    flush();
    or_tell_of_others([&] { file_.sync(); });
  }

  void end(RunState state) {
    if (std::exchange(ended_, true)) return;
    flush();
    or_tell_of_others([&] { state == RunState::finished ? finish() : stop(state); });
  }

 private:
  /// What fails because others have cut or removed the file is told as that: HDF5 sees only what follows from it.
  template <class Action>
  void or_tell_of_others(Action&& action) {
    try {
      action();
    } catch (const UserError&) {
      file_.check_in_place();
      throw;
    }
  }

  void put(const control::Decision& decision) {
    for (const reuse::Role role : reuse::roles) {
      const DecisionRow cell{.decision = tables_.decisions.rows(), .role = role, .record = decision};
      tables_.decisions.put({&cell});
    }
  }

  void put(const train::StepRecord& record) {
    require(record.nodes.size() == nodes_, "a step has another number of nodes than the log");
    tables_.steps.put({&record});
    tables_.node_steps.put({&record});
    tables_.nodes.put(cells(record.nodes));
  }

  void put(const train::LayerRecord& record) {
    const auto all = cells(record);
    require(all.size() == gemms_, "an interval has other nodes or GEMMs than the log");
    const IntervalRow interval{tables_.intervals.rows(), record};
    tables_.intervals.put({&interval});
    tables_.gemms.put(all);
  }

  void put(const train::EpochRecord& record) { tables_.epochs.put({&record}); }

  void stop(RunState state) {
    set_state(tables_.state, state);
    tables_.state.flush();
    file_.close();
  }

  /// Only the compressed log says that the run finished: one whose rows are no longer there must not.
  void finish() {
    file_.close();
    store::pack(read_back(), [&](store::File& packed) {
      file_.check_in_place();
      store::Dataset state = packed.root().dataset("state");
      set_state(state, RunState::finished);
    });
  }

  /// Others may have cut the file between two looks at its size: what was lost reads as zeros then, if at all.
  store::File read_back() {
    try {
      store::File written = store::File::open(file_.path(), store::Access::follow);
      tables_.check(written.root());
      return written;
    } catch (const UserError& error) {
      throw UserError("cannot write '" + file_.path().string() + "'",
                      std::string("others have cut or altered it: ") + error.what(),
                      "move it away to begin with the first step");
    }
  }

  void flush_when_due() {
    const Clock::time_point now = Clock::now();
    if (std::chrono::duration<double>(now - flushed_).count() < options_.flush_seconds) return;
    flush();
    flushed_ = now;
  }

  void flush() {
    file_.check_in_place();
    or_tell_of_others([&] { tables_.flush(); });
    file_.check_in_place();
  }

  RunLogOptions options_;
  std::size_t gemms_, nodes_;  ///< cells of a row
  store::File file_;
  LogTables tables_;
  Clock::time_point flushed_ = Clock::now();
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
    auto there = options;
    there.existing = store::Existing::replace;
    auto impl = std::make_unique<Impl>(beside, description, there);
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

void RunLog::on_decision(const control::Decision& decision) { impl_->add(decision); }
void RunLog::on_step(const train::StepRecord& record) { impl_->add(record); }
void RunLog::on_layers(const train::LayerRecord& record) { impl_->add(record); }
void RunLog::on_epoch(const train::EpochRecord& record) { impl_->add(record); }
LogMark RunLog::mark() const { return impl_->mark(); }
void RunLog::sync() { impl_->sync(); }
void RunLog::end(RunState state) { impl_->end(state); }

}  // namespace acrtc::record
