#include "config_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc::app {
namespace {

/// Turns toml++'s nodes into ours. A fixed origin stands for values that no file holds.
class Converter {
 public:
  Converter(std::string file, bool lines) : file_(std::move(file)), lines_(lines) {}

  Table table(const toml::table& from) const {
    // toml++ sorts keys; what is written back should keep the order in which the file has them.
    std::vector<std::pair<const toml::key*, const toml::node*>> entries;
    for (const auto& [key, node] : from) entries.emplace_back(&key, &node);
    std::ranges::sort(entries, {}, [](const auto& entry) {
      const auto& begin = entry.first->source().begin;
      return std::pair(begin.line, begin.column);
    });
    Table result;
    for (const auto& [key, node] : entries) result.set(key->str(), value(*node));
    return result;
  }

  Value value(const toml::node& node) const {
    const Origin where = origin(node);
    if (const auto* nested = node.as_table()) return {table(*nested), where};
    if (const auto* list = node.as_array()) {
      Array items;
      for (const toml::node& item : *list) items.push_back(value(item));
      return {std::move(items), where};
    }
    if (const auto* flag = node.as_boolean()) return {flag->get(), where};
    if (const auto* integer = node.as_integer()) return {integer->get(), where};
    if (const auto* real = node.as_floating_point()) return {real->get(), where};
    if (const auto* text = node.as_string()) return {text->get(), where};
    throw UserError("cannot use the value at " + to_string(where), "dates and times mean nothing here");
  }

 private:
  Origin origin(const toml::node& node) const {
    return {file_, lines_ ? static_cast<int>(node.source().begin.line) : 0};
  }

  std::string file_;
  bool lines_;
};

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || std::filesystem::is_directory(path) || !(text << file.rdbuf()))
    throw UserError("cannot read '" + path.string() + "'",
                    std::filesystem::exists(path) ? "not a readable, non-empty file" : "no such file");
  return std::move(text).str();
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> keys;
  std::istringstream rest(path);
  for (std::string key; std::getline(rest, key, '.');) keys.push_back(key);
  return keys;
}

/// TOML has no such integer, and a text of the same digits is not what was meant.
bool is_too_long_an_integer(const std::string& text) {
  std::int64_t ignored = 0;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, ignored);
  return error == std::errc::result_out_of_range && stop == end;
}

/// `value` as TOML; what is no TOML, such as bf16 or runs/a.h5, as a text.
Value parse_value(const std::string& text, const std::string& origin) {
  try {
    const toml::table parsed = toml::parse("value = " + text);
    if (parsed.size() == 1) return Converter(origin, false).value(*parsed.get("value"));
  } catch (const toml::parse_error&) {
    if (text.find_first_of("\"'[{") != std::string::npos)
      throw UserError("cannot read the value of '" + origin + "'", "neither TOML nor a bare word");
    if (is_too_long_an_integer(text))
      throw UserError("cannot read the value of '" + origin + "'", text + " is an integer of more than 64 bits");
  }
  return {text, Origin{origin}};
}

}  // namespace

Table read_toml(const std::filesystem::path& path) { return parse_toml(read_text(path), path.string()); }

Table parse_toml(const std::string& text, const std::string& origin) {
  try {
    return Converter(origin, true).table(toml::parse(text, origin));
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    throw UserError(
        "cannot read '" + origin + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + "' as TOML",
        error.description());
  }
}

void assign(Table& config, const std::string& assignment) {
  const auto equals = assignment.find('=');
  const auto keys = split_path(assignment.substr(0, equals));
  const bool empty_key = std::ranges::any_of(keys, [](const std::string& key) { return key.empty(); });
  if (equals == std::string::npos || keys.empty() || empty_key)
    throw UserError("cannot use '--set " + assignment + "'", "expected key=value", "try --set train.epochs=2");
  const std::string path = assignment.substr(0, equals);
  put(config, path, parse_value(assignment.substr(equals + 1), "--set " + path));
}

void put(Table& config, const std::string& path, Value value) {
  const auto keys = split_path(path);
  const Origin& origin = value.origin();
  Table* table = &config;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    if (!table->find(keys[i])) table->set(keys[i], {Table{}, origin});
    Value& next = (*table)[keys[i]];
    if (!next.table()) throw UserError("cannot use '" + to_string(origin) + "'", "'" + keys[i] + "' is " + next.kind());
    table = next.table();
  }
  table->set(keys.back(), std::move(value));
}

void overlay(Table& below, const Table& above) {
  for (const auto& [key, value] : above) {
    Table* nested = below.find(key) ? below[key].table() : nullptr;
    if (nested && value.table())
      overlay(*nested, *value.table());
    else
      below.set(key, value);
  }
}

}  // namespace acrtc::app
