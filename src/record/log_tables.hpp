#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "acrtc/record/run_log.hpp"
#include "acrtc/store/file.hpp"
#include "column_writer.hpp"

namespace acrtc::record {

/// Makes the whole layout of a log in a new file: attributes, fixed tables and columns without rows. After that the
/// members gain rows.
struct LogTables {
  LogTables(const store::File& file, const RunDescription& description);

  /// Takes the rows of a log that is gone on with where it stood at `mark`. Throws UserError where it has another
  /// shape, fewer rows or altered ones.
  void take_rows(const store::Group& old_root, const LogMark& mark, LaterRows later);
  LogMark mark();
  void flush();
  /// Throws UserError unless what can be read under `written` are the rows that have come.
  void check(const store::Group& written);

  store::Group root;
  store::Dataset state;
  ColumnWriter<train::StepRecord> steps, node_steps;
  ColumnWriter<train::NodeRecord> nodes;
  ColumnWriter<IntervalRow> intervals;
  ColumnWriter<train::GemmInterval> gemms;
  ColumnWriter<train::EpochRecord> epochs;
  ColumnWriter<DecisionRow> decisions;

 private:
  using Columns = std::vector<std::span<LoggedColumn>>;

  void link_scales(const RunDescription& description);
  std::map<std::string, Columns> columns();  ///< by group
};

}  // namespace acrtc::record
