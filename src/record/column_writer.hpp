#pragma once

#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "acrtc/record/log_layout.hpp"
#include "acrtc/store/group.hpp"

namespace acrtc::record {

/// The columns that one kind of record fills in one group of a log being written. A row is one record, or one record
/// for each cell.
template <class Record>
class ColumnWriter {
 public:
  /// Makes the columns. `columns` must outlive the writer.
  ColumnWriter(store::Group group, const std::vector<Column<Record>>& columns,
               const std::vector<std::int64_t>& row_shape = {})
      : columns_(columns) {
    for (const Column<Record>& column : columns) datasets_.push_back(create(group, column, row_shape));
  }

  std::int64_t rows() const { return datasets_.front().rows(); }
  std::vector<store::Dataset>& datasets() { return datasets_; }

  /// Appends a row, or, where the log has this row from before a restart, checks that it comes out the same.
  void put(std::int64_t row, const std::vector<const Record*>& cells) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      std::visit([&](const auto& get) { put_values(i, row, cells, get); }, columns_[i].value);
    flushed_ = false;
  }

  void flush() {
    if (std::exchange(flushed_, true)) return;
    for (store::Dataset& dataset : datasets_) dataset.flush();
  }

 private:
  template <class T>
  using Get = typename Column<Record>::template Get<T>;

  static store::Dataset create(store::Group& group, const Column<Record>& column,
                               const std::vector<std::int64_t>& row_shape) {
    const auto type = std::visit([]<class T>(const Get<T>&) { return store::element_type<T>(); }, column.value);
    store::Dataset dataset = group.create_column(column.name, type, row_shape);
    dataset.set_attribute("units", column.units);
    dataset.set_attribute("long_name", column.long_name);
    if (!column.codes.empty())
      dataset.set_attribute("names", std::vector<std::string>(column.codes.begin(), column.codes.end()));
    return dataset;
  }

  template <class T>
  void put_values(std::size_t column, std::int64_t row, const std::vector<const Record*>& cells, const Get<T>& get) {
    std::vector<T> values;
    values.reserve(cells.size());
    for (const Record* cell : cells) values.push_back(get(*cell));
    store::Dataset& dataset = datasets_[column];
    const std::int64_t rows = dataset.rows();
    require(row <= rows, "a row of " + dataset.describe() + " is left out");
    if (row == rows)
      dataset.append(std::span<const T>(values));
    else if (!is_wall_column(columns_[column].name))
      check_same(dataset, row, values);
  }

  /// By bits: NaN equals itself.
  template <class T>
  static void check_same(const store::Dataset& dataset, std::int64_t row, const std::vector<T>& values) {
    const std::vector<T> before = dataset.template read<T>({row, row + 1});
    if (std::memcmp(before.data(), values.data(), values.size() * sizeof(T)) == 0) return;
    throw UserError("row " + std::to_string(row) + " of " + dataset.describe() + " comes out otherwise than before",
                    "the run was resumed by another program, on other data or on another instruction set",
                    "resume it where it began, or start a new run");
  }

  const std::vector<Column<Record>>& columns_;
  std::vector<store::Dataset> datasets_;
  bool flushed_ = true;
};

}  // namespace acrtc::record
