#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace acrtc {

class Value;

/// Where a value was written, for error messages: `lenet.toml:12` or `--set train.epochs`.
struct Origin {
  std::string file;
  int line = 0;  ///< 0 = not a line of a file
};
std::string to_string(const Origin& origin);

/// Keys with their values in the order in which they were written.
class Table {
 public:
  using Entry = std::pair<std::string, Value>;

  const Value* find(std::string_view key) const;
  /// The value of `key`, made (as an empty table) where it is missing.
  Value& operator[](std::string_view key);
  void set(std::string_view key, Value value);
  bool erase(std::string_view key);

  std::vector<Entry>::const_iterator begin() const;
  std::vector<Entry>::const_iterator end() const;
  bool empty() const;

 private:
  std::vector<Entry> entries_;
};

using Array = std::vector<Value>;

/// A configuration value as a file or the command line gave it, before anybody has said what it means.
class Value {
 public:
  using Data = std::variant<Table, Array, bool, std::int64_t, double, std::string>;

  Value() = default;  ///< an empty table
  Value(Data data, Origin origin = {}) : data_(std::move(data)), origin_(std::move(origin)) {}

  const Data& data() const { return data_; }
  const Origin& origin() const { return origin_; }
  const Table* table() const { return std::get_if<Table>(&data_); }
  Table* table() { return std::get_if<Table>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  Array* array() { return std::get_if<Array>(&data_); }

  /// `a table`, `an integer`, ... as error messages call it.
  std::string kind() const;

 private:
  Data data_;
  Origin origin_;
};

// Here, where Value is complete: before, a vector of it may be named but not used.
inline std::vector<Table::Entry>::const_iterator Table::begin() const { return entries_.begin(); }
inline std::vector<Table::Entry>::const_iterator Table::end() const { return entries_.end(); }
inline bool Table::empty() const { return entries_.empty(); }

}  // namespace acrtc
