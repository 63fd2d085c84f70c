#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/network/network.hpp"
#include "acrtc/record/log_layout.hpp"
#include "acrtc/record/log_mark.hpp"
#include "acrtc/record/provenance.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/store/file.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::record {

/// What is fixed when a run begins, and fixes the shape of its log.
struct RunDescription {
  Provenance provenance;
  std::int64_t nodes = 1;
  train::Sync sync = train::Sync::tree;
  std::vector<network::LayerInfo> layers;
  std::vector<network::GemmInfo> gemms;
  PricedPass pass;
  reuse::Format format = reuse::Format::bf16;
  std::int64_t lanes = 4, window = 4;
};

/// What becomes of a resumed log's rows behind the mark where its run goes on.
enum class LaterRows {
  check,  ///< they stay; as the run comes there again, they must come out the same
  leave,  ///< they are left behind: the run takes another way
};

struct RunLogOptions {
  store::Existing existing = store::Existing::refuse;  ///< `replace` writes a fresh file
  double flush_seconds = 0;  ///< rows wait at most so long to be safe against a crash; 0 = flushed every step
  LogMark mark = {};         ///< of a log that is resumed: where it stood when the run was where it goes on
  LaterRows later_rows = LaterRows::check;
};

/// Writes everything that happens in a run into its log, row by row as it comes. On rank 0 alone. Others may read
/// meanwhile, and after a crash all flushed rows are there. Every call throws UserError where the file cannot be
/// written (disk full); what was flushed stays readable.
class RunLog : public train::RunObserver {
 public:
  RunLog(const std::filesystem::path& path, const RunDescription& description, const RunLogOptions& options = {});
  /// Goes on with the log of an interrupted or killed run: its rows move into a fresh file that replaces it. Throws
  /// UserError where rows up to the mark are missing or altered. Later ones come again from there, must come out as
  /// they stand (UserError), and only what follows them is appended.
  static std::unique_ptr<RunLog> resume(const std::filesystem::path& path, const RunDescription& description,
                                        const RunLogOptions& options = {});
  /// A log that nobody ended is left with the state `failed`.
  ~RunLog() override;
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  void on_decision(const control::Decision& decision) override;
  void on_step(const train::StepRecord& record) override;
  void on_layers(const train::LayerRecord& record) override;
  void on_epoch(const train::EpochRecord& record) override;

  /// Where the log stands, for a checkpoint. Rows that are to come again do not count.
  LogMark mark() const;
  /// Makes all rows so far safe, also against power loss: before a checkpoint is written.
  void sync();
  /// Sets the final state, closes the file and, where the run finished, rewrites it compressed in one piece.
  void end(RunState state);

 private:
  class Impl;
  explicit RunLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrtc::record
