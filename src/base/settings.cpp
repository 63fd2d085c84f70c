#include "acrtc/base/settings.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not deduce aggregates

/// As a basic string of TOML, which holds control characters by their code alone.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    char code[8];
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out.append(code, static_cast<std::size_t>(std::snprintf(code, sizeof code, "\\u%04X", c)));
    else
      out += c;
  }
  return out + "\"";
}

template <class T>
std::string list_text(const std::vector<T>& items) {
  std::vector<std::string> parts;
  for (const T& item : items) parts.push_back(to_text(SettingValue{item}));
  return "[" + join(parts, ", ") + "]";
}

std::string type_name(const SettingValue& value) {
  static const char* const names[] = {"true or false",      "an integer",        "a number",       "a text",
                                      "a list of integers", "a list of numbers", "a list of texts"};
  return names[value.index()];
}

/// The value as the setting's type, or nothing where the types do not agree.
std::optional<SettingValue> convert(const Value& value, const SettingValue& like);

template <class T>
std::optional<SettingValue> convert_list(const Value& value) {
  if (!value.array()) return std::nullopt;
  std::vector<T> items;
  for (const Value& element : *value.array()) {
    auto item = convert(element, SettingValue{T{}});
    if (!item) return std::nullopt;
    items.push_back(std::get<T>(std::move(*item)));
  }
  return SettingValue{std::move(items)};
}

template <class T>
std::optional<SettingValue> convert_scalar(const Value& value) {
  if (const T* exact = std::get_if<T>(&value.data())) return SettingValue{*exact};
  return std::nullopt;
}

std::optional<SettingValue> convert(const Value& value, const SettingValue& like) {
  using Result = std::optional<SettingValue>;
  return std::visit(Overloaded{
                        [&](double) -> Result {
                          if (const auto* whole = std::get_if<std::int64_t>(&value.data()))
                            return SettingValue{static_cast<double>(*whole)};
                          return convert_scalar<double>(value);
                        },
                        [&]<class T>(const std::vector<T>&) -> Result { return convert_list<T>(value); },
                        [&]<class T>(const T&) -> Result { return convert_scalar<T>(value); },
                    },
                    like);
}

bool in_range(const SettingDescription& setting, const SettingValue& value) {
  const auto number = [&](double x) { return x >= setting.min && x <= setting.max; };  // false for NaN
  const auto text = [&](const std::string& x) {
    return setting.choices.empty() || std::ranges::find(setting.choices, x) != setting.choices.end();
  };
  return std::visit(Overloaded{
                        [](bool) { return true; },
                        [&](std::int64_t x) { return number(static_cast<double>(x)); },
                        [&](double x) { return number(x); },
                        [&](const std::string& x) { return text(x); },
                        [&](const std::vector<std::int64_t>& xs) { return std::ranges::all_of(xs, number); },
                        [&](const std::vector<double>& xs) { return std::ranges::all_of(xs, number); },
                        [&](const std::vector<std::string>& xs) { return std::ranges::all_of(xs, text); },
                    },
                    value);
}

/// For the text that is no choice, or the first such in a list.
std::string nearest_choice(const SettingDescription& setting, const SettingValue& value) {
  std::vector<std::string> texts;
  if (const auto* text = std::get_if<std::string>(&value)) texts = {*text};
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) texts = *list;
  for (const std::string& text : texts)
    if (std::ranges::find(setting.choices, text) == setting.choices.end()) return did_you_mean(text, setting.choices);
  return "";
}

std::string bound_text(double bound) {
  if (bound == std::floor(bound) && std::abs(bound) < 1e15) return std::to_string(static_cast<std::int64_t>(bound));
  return exact_text(bound);
}

Value to_value(const SettingValue& value) {
  return std::visit(Overloaded{
                        []<class T>(const std::vector<T>& items) {
                          Array array;
                          for (const T& item : items) array.emplace_back(Value::Data{item});
                          return Value{Value::Data{std::move(array)}};
                        },
                        [](const auto& scalar) { return Value{Value::Data{scalar}}; },
                    },
                    value);
}

std::string key_path(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::string place(const Origin& origin) { return origin.file.empty() ? "" : " in " + to_string(origin); }

void refuse_unknown(const std::string& path, const Table& table, const Schema& schema) {
  std::vector<std::string> known;
  for (const auto& setting : schema) known.push_back(setting.name);
  for (const auto& [name, value] : table)
    if (std::ranges::find(known, name) == known.end())
      throw UserError("unknown key '" + key_path(path, name) + "'" + place(value.origin()),
                      "known: " + join(known, ", "), did_you_mean(name, known));
}

}  // namespace

Schema operator+(Schema a, const Schema& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Settings::Settings(std::string path, const Table& table, const Schema& schema) : path_(std::move(path)) {
  refuse_unknown(path_, table, schema);
  for (const SettingDescription& setting : schema) {
    Item item{setting.fallback, false, {}};
    if (const Value* value = table.find(setting.name)) {
      const std::string key = key_path(path_, setting.name) + place(value->origin());
      auto converted = convert(*value, setting.fallback);
      if (!converted)
        throw UserError(key + " has the wrong type",
                        "expected " + type_name(setting.fallback) + ", got " + value->kind());
      if (!in_range(setting, *converted))
        throw UserError(key + " is out of range", to_text(*converted) + " is not in " + range_text(setting),
                        nearest_choice(setting, *converted));
      item = {std::move(*converted), true, value->origin()};
    }
    items_.emplace_back(setting.name, std::move(item));
  }
}

void Settings::reject(std::string_view name, std::string_view why, std::string_view suggestion) const {
  const Item& item = lookup(name);
  throw UserError(key_path(path_, name) + " = " + to_text(item.value) + place(item.origin) + " cannot be used", why,
                  suggestion);
}

Table Settings::effective() const {
  Table table;
  for (const auto& [name, item] : items_) table.set(name, to_value(item.value));
  return table;
}

const Settings::Item& Settings::lookup(std::string_view name) const {
  for (const auto& [key, item] : items_)
    if (key == name) return item;
  throw InternalError("setting '" + key_path(path_, name) + "' is read but not declared");
}

std::string range_text(const SettingDescription& setting) {
  if (!setting.choices.empty()) return join(setting.choices, " | ");
  const bool low = std::isfinite(setting.min), high = std::isfinite(setting.max);
  if (!low && !high) return "";
  return (low ? bound_text(setting.min) : "") + ".." + (high ? bound_text(setting.max) : "");
}

std::string to_text(const SettingValue& value) {
  return std::visit(Overloaded{
                        [](bool x) -> std::string { return x ? "true" : "false"; },
                        [](std::int64_t x) { return std::to_string(x); },
                        [](double x) { return exact_text(x); },
                        [](const std::string& x) { return quoted(x); },
                        [](const auto& list) { return list_text(list); },
                    },
                    value);
}

}  // namespace acrtc
