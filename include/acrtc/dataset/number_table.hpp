#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace acrtc::dataset {

/// Real numbers from a text file, as many on every line. Row r stands on line r + 1.
struct NumberTable {
  std::filesystem::path path;
  std::int64_t columns = 0;
  std::vector<float> values;  ///< [rows, columns], all finite

  std::int64_t rows() const { return static_cast<std::int64_t>(values.size()) / columns; }
  std::span<const float> row(std::int64_t r) const { return std::span(values).subspan(r * columns, columns); }

  /// The value as an integer. Throws UserError naming file, line and column where it is none or not in min .. max;
  /// `what` is what it should be ("label").
  std::int64_t integer(std::int64_t r, std::int64_t column, std::string_view what, std::int64_t min,
                       std::int64_t max) const;
};

/// Reads lines of `columns` numbers with commas and any blanks between them, plain or gzip-compressed. Empty lines may
/// stand at the end alone. Memory is at most about twice that of the values that have come.
/// Throws UserError naming file and line where there are fewer or more numbers, something that is no finite FP32
/// number, a line beyond 64 KiB, more than `most_rows` lines, or no line at all.
NumberTable read_numbers(const std::filesystem::path& path, std::int64_t columns, std::int64_t most_rows);

}  // namespace acrtc::dataset
