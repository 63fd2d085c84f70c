#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/base/checksum.hpp"
#include "acrtc/record/log_mark.hpp"
#include "acrtc/store/group.hpp"

namespace acrtc::record {

/// A column of a log being written, and the checksum of the rows that have come so far. Rows wait in memory until there
/// are many or flush() is called: HDF5 takes microseconds to append, however short a row is. A log that is gone on with
/// also holds rows that are to come again.
class LoggedColumn {
 public:
  LoggedColumn(store::Dataset dataset, std::string name) : dataset_(std::move(dataset)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  store::Dataset& dataset() { return dataset_; }
  /// Rows that have come.
  std::int64_t rows() const { return rows_; }
  std::uint64_t checksum() const { return sum_.value(); }

  /// Takes the first `rows` rows of an old log's table into this empty column; those of `mark` have come, the others
  /// are to come again. Throws UserError where they have another shape, or the checksum is another than the mark's.
  void take(const store::Group& old_table, std::int64_t rows, const TableMark& mark);

  /// The next row: appends it or, where it comes again, throws UserError unless it is the same. Of real time, which
  /// comes out otherwise each time, the column keeps the first. T is double, std::uint64_t, std::int64_t or
  /// std::uint8_t.
  template <store::Element T>
  void put(std::span<const T> row);

  /// Hands all rows to the operating system.
  void flush();
  /// Throws UserError unless the table, read back from the file, has the rows that have come.
  void check(const store::Group& table) const;

 private:
  void append_waiting();
  template <store::Element T>
  void check_same(std::span<const T> row, std::span<const T> before) const;

  store::Dataset dataset_;
  std::string name_, origin_;         ///< origin: of the kept rows, for messages
  std::int64_t rows_ = 0, kept_ = 0;  ///< kept: rows from before a restart
  Checksum sum_;
  std::vector<std::byte> waiting_;  ///< rows that the file does not have yet
  bool flushed_ = true;
};

}  // namespace acrtc::record
