#include "logged_column.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/record/log_layout.hpp"

namespace acrtc::record {
namespace {

constexpr std::int64_t elements_at_once = std::int64_t{1} << 20;
constexpr std::size_t most_waiting = std::size_t{1} << 14;  // bytes

std::uint64_t word(std::uint8_t value) { return value; }
template <class T>
std::uint64_t word(T value) {
  return std::bit_cast<std::uint64_t>(value);
}

template <store::Element T>
void add(std::span<const T> values, Checksum& sum) {
  for (const T value : values) sum.add(word(value));
}

/// Calls `body` with a zero of the type of the column's elements.
template <class Body>
void with_element_of(const store::Dataset& column, Body&& body) {
  switch (column.type()) {
    case store::ElementType::f64:
      return body(double{});
    case store::ElementType::u64:
      return body(std::uint64_t{});
    case store::ElementType::i64:
      return body(std::int64_t{});
    case store::ElementType::u8:
      return body(std::uint8_t{});
    default:
      throw InternalError("a column of " + column.describe() + " has a type that no column has");
  }
}

/// Calls `body` with the values of the first `rows` rows, part by part.
template <store::Element T, class Body>
void read_rows(const store::Dataset& column, std::int64_t rows, Body&& body) {
  const std::int64_t at_once = std::max<std::int64_t>(1, elements_at_once / column.row_elements());
  for (std::int64_t begin = 0; begin < rows; begin += at_once)
    body(std::span<const T>(column.read<T>({begin, std::min(rows, begin + at_once)})));
}

void check_shape(const store::Dataset& old, const store::Dataset& own) {
  std::vector<std::int64_t> before = old.shape(), now = own.shape();
  before.at(0) = now.at(0) = 0;
  if (old.type() != own.type() || before != now)
    throw UserError("cannot resume: " + old.describe() + " has another shape than this run's",
                    "the run had other nodes or another network", "resume with the configuration that began it");
}

}  // namespace

void LoggedColumn::take(const store::Group& old_table, std::int64_t rows, const TableMark& mark) {
  with_element_of(dataset_, [&]<class T>(T) {
    if (old_table.contains(name_)) {
      const store::Dataset old = old_table.dataset(name_);
      check_shape(old, dataset_);
      read_rows<T>(old, rows, [&](std::span<const T> values) { dataset_.append(values); });
    } else {  // a count that earlier programs did not keep
      const std::vector<T> none(static_cast<std::size_t>(rows * dataset_.row_elements()));
      dataset_.append(std::span<const T>(none));
    }
    read_rows<T>(dataset_, mark.rows, [&](std::span<const T> values) { add(values, sum_); });
  });
  origin_ = "column '" + name_ + "' of " + old_table.describe();
  const auto expected = mark.checksums.find(name_);
  if (expected != mark.checksums.end() && expected->second != sum_.value())
    throw UserError(origin_ + " is damaged",
                    "its first " + std::to_string(mark.rows) + " rows do not have the checksum in the checkpoint",
                    "put a copy of the file back, or move the file away to begin with the first step");
  kept_ = rows;
  rows_ = mark.rows;
}

void LoggedColumn::check(const store::Group& table) const {
  const store::Dataset written = table.dataset(name_);
  Checksum sum;
  if (written.type() == dataset_.type() && written.rows() >= rows_)
    with_element_of(written, [&]<class T>(T) {
      read_rows<T>(written, rows_, [&](std::span<const T> values) { add(values, sum); });
    });
  if (sum.value() != sum_.value()) throw UserError(written.describe() + " has other rows than were written");
}

template <store::Element T>
void LoggedColumn::put(std::span<const T> row) {
  if (rows_ >= kept_) {
    const auto bytes = std::as_bytes(row);
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    if (waiting_.size() >= most_waiting) append_waiting();
    add(row, sum_);
  } else {
    const std::vector<T> before = dataset_.read<T>({rows_, rows_ + 1});
    if (!is_wall_column(name_)) check_same<T>(row, before);
    add(std::span<const T>(before), sum_);
  }
  ++rows_;
  flushed_ = false;
}

template void LoggedColumn::put(std::span<const double>);
template void LoggedColumn::put(std::span<const std::uint64_t>);
template void LoggedColumn::put(std::span<const std::int64_t>);
template void LoggedColumn::put(std::span<const std::uint8_t>);

void LoggedColumn::flush() {
  if (std::exchange(flushed_, true)) return;
  append_waiting();
  dataset_.flush();
}

void LoggedColumn::append_waiting() {
  with_element_of(dataset_, [&]<class T>(T) {
    dataset_.append(std::span(reinterpret_cast<const T*>(waiting_.data()), waiting_.size() / sizeof(T)));
  });
  waiting_.clear();
}

/// By bits: NaN equals itself.
template <store::Element T>
void LoggedColumn::check_same(std::span<const T> row, std::span<const T> before) const {
  if (std::memcmp(before.data(), row.data(), row.size_bytes()) == 0) return;
  throw UserError("row " + std::to_string(rows_) + " of " + origin_ + " comes out otherwise than before",
                  "the file is damaged, or the run was resumed by another program, on other data or on another "
                  "instruction set",
                  "resume it where it began, or move the file away to begin with the first step");
}

}  // namespace acrtc::record
