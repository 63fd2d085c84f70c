#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "acrtc/base/value.hpp"

namespace acrtc {

/// The types a setting can have.
using SettingValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                                  std::vector<double>, std::vector<std::string>>;

/// One key of a configuration, declared in the file that reads it. T is an alternative of SettingValue.
/// `min` and `max` bound numbers (each element of a list); `choices` bounds strings (each of a list).
template <class T>
struct Setting {
  std::string name;
  T fallback{};
  std::string help;  ///< one line of prose, no full stop
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::string unit = {};  ///< UDUNITS, empty for plain numbers and text
  std::vector<std::string> choices = {};
};

/// A setting without its static type, for listing and checking.
struct SettingDescription {
  std::string name;
  SettingValue fallback;
  std::string help;
  double min, max;
  std::string unit;
  std::vector<std::string> choices;
};

using Schema = std::vector<SettingDescription>;

template <class... T>
Schema describe(const Setting<T>&... settings) {
  return Schema{SettingDescription{settings.name, SettingValue{settings.fallback}, settings.help, settings.min,
                                   settings.max, settings.unit, settings.choices}...};
}

/// Both schemas one after the other.
Schema operator+(Schema a, const Schema& b);

/// A table whose every key is known, of the declared type and in range; missing keys take their fallback.
class Settings {
 public:
  Settings() = default;

  /// Checks `table` against `schema`. `path` names the table in messages ("reuse"). Integers are accepted
  /// for reals. Throws UserError naming key, origin, and for an unknown key the nearest known one.
  Settings(std::string path, const Table& table, const Schema& schema);

  template <class T>
  const T& operator[](const Setting<T>& setting) const {
    return std::get<T>(lookup(setting.name).value);
  }

  /// True where the key was written, false where its fallback stands in.
  bool given(std::string_view name) const { return lookup(name).given; }
  const std::string& path() const { return path_; }
  const Origin& origin(std::string_view name) const { return lookup(name).origin; }

  /// An error about the value of one key: `reuse.window = 65 in f.toml:3 PROBLEM`.
  [[noreturn]] void reject(std::string_view name, std::string_view why, std::string_view suggestion = {}) const;

  /// Every key with the value in force, in the order of the schema.
  Table effective() const;

 private:
  struct Item {
    SettingValue value;
    bool given = false;
    Origin origin;
  };
  const Item& lookup(std::string_view name) const;

  std::string path_;
  std::vector<std::pair<std::string, Item>> items_;
};

/// `1..64`, `fp16 | bf16`, or empty: what a listing prints of a setting's range.
std::string range_text(const SettingDescription& setting);
/// The value as TOML would write it.
std::string to_text(const SettingValue& value);

}  // namespace acrtc
