#include "text_table.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "acrtc/base/text.hpp"

namespace acrtc::app {

std::string TextTable::aligned() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < head.size(); ++c) {
    widths.push_back(head[c].size());
    for (const auto& row : rows) widths[c] = std::max(widths[c], row[c].size());
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text = fmt::format("{:<{}}", cells[0], widths[0]);
    for (std::size_t c = 1; c < cells.size(); ++c) text += fmt::format("  {:>{}}", cells[c], widths[c]);
    return text + "\n";
  };
  std::string text = line(head);
  for (const auto& row : rows) text += line(row);
  return text;
}

std::string TextTable::csv() const {
  std::string text = join(head, ",") + "\n";
  for (const auto& row : rows) text += join(row, ",") + "\n";
  return text;
}

}  // namespace acrtc::app
