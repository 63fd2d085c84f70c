#include "acrtc/dataset/number_table.hpp"

#include <charconv>
#include <cmath>
#include <new>
#include <string>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "byte_stream.hpp"

namespace acrtc::dataset {
namespace {

float parse(std::string_view field, std::int64_t column, const LineReader& lines) {
  const auto fail = [&](const char* why) {
    lines.fail("number " + std::to_string(column + 1) + ", '" + printable(field) + "', is " + why);
  };
  float value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error == std::errc::result_out_of_range) fail("beyond FP32");
  if (error != std::errc{} || end != field.data() + field.size()) fail("no number");
  if (!std::isfinite(value)) fail("not finite");
  return value;
}

void parse_line(std::string_view line, const LineReader& lines, NumberTable& table) {
  const std::string expected = ", expected " + std::to_string(table.columns);
  std::int64_t column = 0;
  for (bool more = true; more; ++column) {
    if (column == table.columns) lines.fail("more numbers than expected, " + std::to_string(table.columns));
    const auto comma = line.find(',');
    table.values.push_back(parse(trim(line.substr(0, comma)), column, lines));
    more = comma != std::string_view::npos;
    if (more) line.remove_prefix(comma + 1);
  }
  if (column < table.columns) lines.fail(std::to_string(column) + " numbers" + expected);
}

void read_lines(LineReader& lines, std::int64_t most_rows, NumberTable& table) {
  while (const auto line = lines.next_content()) {
    if (lines.line() > most_rows) lines.fail("more lines than expected, " + std::to_string(most_rows));
    parse_line(*line, lines, table);
  }
}

}  // namespace

NumberTable read_numbers(const std::filesystem::path& path, std::int64_t columns, std::int64_t most_rows) {
  require(columns >= 1, "a table has columns");
  NumberTable table{path, columns, {}};
  LineReader lines(path, "lines of " + std::to_string(columns) + " numbers");
  try {
    read_lines(lines, most_rows, table);
  } catch (const std::bad_alloc&) {
    lines.fail(no_memory);
  }
  if (table.values.empty()) lines.fail("the file holds no numbers");
  return table;
}

std::int64_t NumberTable::integer(std::int64_t r, std::int64_t column, std::string_view what, std::int64_t min,
                                  std::int64_t max) const {
  const float value = values[r * columns + column];
  if (value >= static_cast<float>(min) && value <= static_cast<float>(max) && value == std::floor(value))
    return static_cast<std::int64_t>(value);
  throw UserError("cannot use '" + path.string() + "'", "line " + std::to_string(r + 1) + ": " + std::string(what) +
                                                            " " + exact_text(value) + " is no integer from " +
                                                            std::to_string(min) + " to " + std::to_string(max));
}

}  // namespace acrtc::dataset
