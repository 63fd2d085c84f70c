#pragma once

#include <string>
#include <vector>

namespace acrtc::app {

/// Rows of text with a head; the first column flush left, the others flush right.
struct TextTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;

  std::string aligned() const;
  std::string csv() const;
};

}  // namespace acrtc::app
