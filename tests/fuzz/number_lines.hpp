#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "acrtc/dataset/number_table.hpp"
#include "fuzz/input.hpp"

namespace acrtc::fuzz {

struct LineFormat {
  std::int64_t columns;
  std::int64_t last_min, last_max;  ///< of the last column, an integer
};

/// Reads the data as a table, or edits of a valid line of it.
inline int try_lines(std::span<const std::uint8_t> data, const LineFormat& format) {
  static MemoryFile file;
  std::string valid;
  for (std::int64_t i = 1; i < format.columns; ++i) valid += i % 3 == 0 ? "-0.5," : i % 3 == 1 ? "1e-1, " : "7,";
  valid += "1.\r\n";
  file.hold(edited(data, {valid.begin(), valid.end()}));
  return try_reading([&] {
    const dataset::NumberTable table = dataset::read_numbers(file.path(), format.columns, 1000);
    for (std::int64_t r = 0; r < table.rows(); ++r)
      table.integer(r, format.columns - 1, "label", format.last_min, format.last_max);
  });
}

}  // namespace acrtc::fuzz
