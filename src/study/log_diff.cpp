#include "acrtc/study/log_diff.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc::study {
namespace {

using record::RunReader;
using Dataset = store::Dataset;

constexpr std::int64_t elements_at_once = std::int64_t{1} << 20;

std::string value_text(double value) { return exact_text(value); }
std::string value_text(float value) { return exact_text(value); }
std::string value_text(std::uint64_t value) { return std::to_string(value); }
std::string value_text(std::int64_t value) { return std::to_string(value); }
std::string value_text(std::uint8_t value) { return std::to_string(value); }

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(std::to_string(size));
  return "[" + join(sizes, ", ") + "]";
}

template <class T>
std::optional<LogDifference> differing_value(const std::string& name, const Dataset& left, const Dataset& right,
                                             std::int64_t rows) {
  const std::int64_t cells = left.row_elements();
  const std::int64_t rows_at_once = std::max<std::int64_t>(1, elements_at_once / std::max<std::int64_t>(1, cells));
  for (std::int64_t begin = 0; begin < rows; begin += rows_at_once) {
    const Range piece{begin, std::min(rows, begin + rows_at_once)};
    const std::vector<T> a = left.read<T>(piece), b = right.read<T>(piece);
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::memcmp(&a[i], &b[i], sizeof(T)) == 0) continue;
      const auto index = static_cast<std::int64_t>(i);
      return LogDifference{name, begin + index / cells, index % cells, value_text(a[i]), value_text(b[i])};
    }
  }
  return std::nullopt;
}

std::optional<LogDifference> differing_text(const std::string& name, const Dataset& left, const Dataset& right) {
  const std::vector<std::string> a = left.read_text(), b = right.read_text();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a[i] != b[i]) return LogDifference{name, static_cast<std::int64_t>(i), 0, a[i], b[i]};
  return std::nullopt;
}

std::optional<LogDifference> differing_content(const std::string& name, const Dataset& left, const Dataset& right,
                                               std::int64_t rows) {
  switch (left.type()) {
    case store::ElementType::f64:
      return differing_value<double>(name, left, right, rows);
    case store::ElementType::f32:
      return differing_value<float>(name, left, right, rows);
    case store::ElementType::u64:
      return differing_value<std::uint64_t>(name, left, right, rows);
    case store::ElementType::i64:
      return differing_value<std::int64_t>(name, left, right, rows);
    case store::ElementType::u8:
      return differing_value<std::uint8_t>(name, left, right, rows);
    case store::ElementType::text:
      return differing_text(name, left, right);
  }
  throw InternalError("unknown element type");
}

/// The first of the rows that both have that differs; else the lengths, where they differ.
std::optional<LogDifference> dataset_difference(const std::string& name, const Dataset& left, const Dataset& right) {
  std::vector<std::int64_t> a = left.shape(), b = right.shape();
  const LogDifference whole{name, -1, 0, shape_text(a), shape_text(b)};
  if (left.type() != right.type()) return LogDifference{name, -1, 0, "another type", "another type"};
  const std::int64_t rows = std::min(left.rows(), right.rows());
  const bool lengths_differ = a != b;
  if (!a.empty() && !b.empty()) a[0] = b[0] = rows;
  if (a != b) return whole;
  if (auto difference = differing_content(name, left, right, rows)) return difference;
  return lengths_differ ? std::optional(whole) : std::nullopt;
}

}  // namespace

std::optional<LogDifference> first_difference(const RunReader& left, const RunReader& right) {
  for (const std::string& name : left.datasets()) {
    if (record::is_wall_column(last_part(name))) continue;
    if (!right.contains(name)) return LogDifference{name, -1, 0, "present", "missing"};
    if (auto difference = dataset_difference(name, left.dataset(name), right.dataset(name))) return difference;
  }
  for (const std::string& name : right.datasets())
    if (!record::is_wall_column(last_part(name)) && !left.contains(name))
      return LogDifference{name, -1, 0, "missing", "present"};
  return std::nullopt;
}

std::string to_string(const LogDifference& difference) {
  std::string text = difference.dataset + " differs";
  if (difference.row >= 0) text += " in row " + std::to_string(difference.row);
  if (difference.cell > 0) text += ", cell " + std::to_string(difference.cell);
  return text + ": " + difference.left + " | " + difference.right;
}

}  // namespace acrtc::study
