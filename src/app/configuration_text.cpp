#include <algorithm>
#include <cmath>

#include "acrtc/base/text.hpp"
#include "configuration.hpp"

namespace acrtc::app {
namespace {

std::string key_text(const std::string& key) {
  const bool bare = std::ranges::all_of(key, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
  return bare && !key.empty() ? key : to_text(SettingValue{key});
}

std::string value_text(const Value& value);

std::string inline_table(const Table& table) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : table) parts.push_back(key_text(key) + " = " + value_text(value));
  return "{ " + join(parts, ", ") + " }";
}

std::string value_text(const Value& value) {
  if (value.table()) return inline_table(*value.table());
  if (value.array()) {
    std::vector<std::string> parts;
    for (const Value& item : *value.array()) parts.push_back(value_text(item));
    return "[" + join(parts, ", ") + "]";
  }
  if (const auto* flag = std::get_if<bool>(&value.data())) return to_text(SettingValue{*flag});
  if (const auto* integer = std::get_if<std::int64_t>(&value.data())) return to_text(SettingValue{*integer});
  if (const auto* real = std::get_if<double>(&value.data())) return to_text(SettingValue{*real});
  return to_text(SettingValue{std::get<std::string>(value.data())});
}

std::string comment(const SettingDescription& setting) {
  const std::string range = range_text(setting);
  const std::string details = setting.unit + (setting.unit.empty() || range.empty() ? "" : ", ") + range;
  return "# " + setting.help + (details.empty() ? "" : " (" + details + ")") + "\n";
}

std::string assignments(const Table& table) {
  std::string text;
  for (const auto& [key, value] : table) text += key_text(key) + " = " + value_text(value) + "\n";
  return text;
}

/// Tables that a later reader checks, in full: [path.key] or, for a list, one [[path.key]] each.
std::string free_text(const std::string& path, const Table& free) {
  std::string text;
  for (const auto& [key, value] : free) {
    const std::string name = path + "." + key_text(key);
    if (const Array* list = value.array())
      for (const Value& item : *list) text += item.table() ? "\n[[" + name + "]]\n" + assignments(*item.table()) : "";
    if (value.table()) text += "\n[" + name + "]\n" + assignments(*value.table());
  }
  return text;
}

std::string section_text(const Section& section, Comments comments) {
  std::string text;
  if (!section.path().empty()) {
    text += "\n";
    if (comments == Comments::all) text += "# " + section.help + "\n";
    text += "[" + section.path() + "]\n";
  }
  const Table effective = section.settings.effective();
  for (const SettingDescription& setting : section.schema) {
    if (comments == Comments::all) text += comment(setting);
    text += key_text(setting.name) + " = " + value_text(*effective.find(setting.name)) + "\n";
  }
  return text + free_text(section.path(), section.free);
}

/// A rule is written with the keys it was given: strength and off exclude each other.
std::string rule_text(const Section& rule) {
  std::string text = "\n[[reuse.rule]]\n";
  const Table effective = rule.settings.effective();
  for (const auto& [key, value] : effective)
    if (rule.settings.given(key)) text += key_text(key) + " = " + value_text(value) + "\n";
  return text;
}

}  // namespace

std::string to_toml(const Configuration& configuration, Comments comments) {
  std::string text;
  for (const Section* section : configuration.sections()) {
    text += section_text(*section, comments);
    if (section != &configuration.reuse) continue;
    for (const Section& rule : configuration.rules) text += rule_text(rule);
  }
  return text;
}

std::string listing(const Schema& schema) {
  std::string text;
  for (const SettingDescription& setting : schema)
    text += "      " + setting.name + " = " + to_text(setting.fallback) + "  " + comment(setting);
  return text;
}

}  // namespace acrtc::app
