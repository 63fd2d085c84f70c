#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace acrtc::record {

/// The rows that a table of a run log had at some moment.
struct TableMark {
  std::int64_t rows = 0;
  std::map<std::string, std::uint64_t> checksums;  ///< of these rows' values, by column

  bool operator==(const TableMark&) const = default;
};

/// How far a run log had come when a checkpoint was written, by group ("steps"). A function of the rows alone: the same
/// for a log that is live, compressed or gone on with. Empty = before the first row. It lies outside the log because a
/// filter with checksums inside makes HDF5 take new space for a chunk at each flush of a streamed file.
using LogMark = std::map<std::string, TableMark>;

}  // namespace acrtc::record
