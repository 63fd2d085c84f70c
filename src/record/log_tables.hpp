#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acrtc/record/run_log.hpp"
#include "acrtc/store/file.hpp"
#include "column_writer.hpp"

namespace acrtc::record {

/// Rows that a resumed log brings along, by what identifies them.
class KnownRows {
 public:
  /// Reads `key_columns` (at most three, whole numbers) of a group.
  void load(const store::Group& group, const std::vector<std::string>& key_columns, std::int64_t rows);
  /// The row with this key, or `next` where there is none.
  std::int64_t find(const std::array<std::int64_t, 3>& key, std::int64_t next) const;

 private:
  std::map<std::array<std::int64_t, 3>, std::int64_t> rows_;
};

/// Makes the whole layout of a log in a new file: attributes, fixed tables and columns without rows. After that the
/// members gain rows.
struct LogTables {
  LogTables(const store::File& file, const RunDescription& description);

  /// Appends all rows of a log that was resumed, or those up to `end`. Throws UserError where it has another shape.
  void take_rows(const store::Group& old_root, const std::optional<LogEnd>& end);
  void flush();

  store::Group root;
  store::Dataset state;
  ColumnWriter<train::StepRecord> steps, node_steps;
  ColumnWriter<train::NodeRecord> nodes;
  ColumnWriter<IntervalRow> intervals;
  ColumnWriter<train::GemmInterval> gemms;
  ColumnWriter<train::EpochRecord> epochs;
  ColumnWriter<DecisionRow> decisions;
  KnownRows known_steps, known_intervals, known_epochs, known_decisions;

 private:
  void link_scales(const RunDescription& description);
};

}  // namespace acrtc::record
