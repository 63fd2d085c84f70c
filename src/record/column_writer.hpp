#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "acrtc/record/log_layout.hpp"
#include "acrtc/store/group.hpp"
#include "logged_column.hpp"

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
    for (const Column<Record>& column : columns) logged_.emplace_back(create(group, column, row_shape), column.name);
  }

  /// Rows that have come, which is the number of the next.
  std::int64_t rows() const { return logged_.front().rows(); }
  std::span<LoggedColumn> columns() { return logged_; }

  /// The next row.
  void put(const std::vector<const Record*>& cells) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      std::visit([&](const auto& get) { put_values(logged_[i], cells, get); }, columns_[i].value);
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
  static void put_values(LoggedColumn& column, const std::vector<const Record*>& cells, const Get<T>& get) {
    std::vector<T> values;
    values.reserve(cells.size());
    for (const Record* cell : cells) values.push_back(get(*cell));
    column.put(std::span<const T>(values));
  }

  const std::vector<Column<Record>>& columns_;
  std::vector<LoggedColumn> logged_;
};

}  // namespace acrtc::record
