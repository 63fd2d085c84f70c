#pragma once

#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "acrtc/base/value.hpp"

namespace acrtc::hardware::testing {

/// `key = { value = 1.5, unit = "GHz" }  # source: ...` of a hardware file, line by line: the part of TOML these files
/// keep to.
struct NumberLine {
  int line;
  std::string text;
  bool has_unit, has_source;
};

class HardwareFile {
 public:
  explicit HardwareFile(std::filesystem::path path) : path_(std::move(path)) {
    std::ifstream file(path_);
    if (!file) throw std::runtime_error("cannot read " + path_.string());
    std::string line;
    while (std::getline(file, line)) lines_.push_back(line);
  }

  /// All of a folder of configs, at least one.
  static std::vector<HardwareFile> all(const std::string& folder) {
    std::vector<HardwareFile> files;
    for (const auto& entry : std::filesystem::directory_iterator(root() / folder)) files.emplace_back(entry.path());
    if (files.empty()) throw std::runtime_error("no files in " + folder);
    return files;
  }
  static HardwareFile named(const std::string& path) { return HardwareFile(root() / path); }

  std::string name() const { return path_.stem().string(); }

  /// Lines that set a number.
  std::vector<NumberLine> numbers() const {
    static const std::regex bare(R"(\w+\s*=\s*[-+0-9].*)"), braced(R"(\w+\s*=\s*\{.*)");
    static const std::regex unit(R"re(\w+\s*=\s*\{ value = [-+0-9.e]+, unit = "[^"]+" \}.*)re");
    static const std::regex source(R"(.*# source: \S.{9,})");
    std::vector<NumberLine> numbers;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (std::regex_match(lines_[i], bare) || std::regex_match(lines_[i], braced))
        numbers.push_back({static_cast<int>(i + 1), lines_[i], std::regex_match(lines_[i], unit),
                           std::regex_match(lines_[i], source)});
    return numbers;
  }

  Table table() const {
    static const std::regex section(R"(\[([\w.]+)\].*)"), text(R"re((\w+)\s*=\s*"([^"]*)".*)re");
    static const std::regex number(R"re((\w+)\s*=\s*\{ value = (\S+), unit = "([^"]+)" \}.*)re");
    Table root;
    Table* current = &root;
    std::smatch match;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const Origin origin{path_.filename().string(), static_cast<int>(i + 1)};
      if (std::regex_match(lines_[i], match, section)) {
        current = &root;
        for (const std::string& part : split(match[1], '.')) current = (*current)[part].table();
      } else if (std::regex_match(lines_[i], match, text)) {
        current->set(match[1].str(), Value(match[2].str(), origin));
      } else if (std::regex_match(lines_[i], match, number)) {
        Table pair;
        pair.set("value", Value(std::stod(match[2]), origin));
        pair.set("unit", Value(match[3].str(), origin));
        current->set(match[1].str(), Value(std::move(pair), origin));
      }
    }
    return root;
  }

 private:
  static std::filesystem::path root() {
    return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path() / "configs";
  }
  static std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text)
      if (c == separator)
        parts.emplace_back();
      else
        parts.back() += c;
    return parts;
  }

  std::filesystem::path path_;
  std::vector<std::string> lines_;
};

}  // namespace acrtc::hardware::testing
