#include "spec.hpp"

#include <algorithm>
#include <cmath>

#include "acrtc/base/error.hpp"
#include "acrtc/base/settings.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc::hardware {
namespace {

std::string place(const Origin& origin) { return origin.file.empty() ? "" : " in " + to_string(origin); }

Setting<std::string> unit_setting(Units units) {
  Setting<std::string> setting{"unit", "", "unit of the value"};
  for (const Unit& unit : units) setting.choices.emplace_back(unit.symbol);
  return setting;
}

double factor(Units units, std::string_view symbol) { return std::ranges::find(units, symbol, &Unit::symbol)->factor; }

}  // namespace

Spec::Spec(std::string path, const Table& table, std::initializer_list<const char*> keys)
    : path_(std::move(path)), table_(table) {
  const std::vector<std::string> known(keys.begin(), keys.end());
  for (const auto& [key, value] : table)
    if (std::ranges::find(known, key) == known.end())
      throw UserError("unknown key '" + named(key) + "'" + place(value.origin()), "known: " + join(known, ", "),
                      did_you_mean(key, known));
}

Spec Spec::section(std::string_view key, std::initializer_list<const char*> keys) const {
  const Table* table = at(key).table();
  if (!table) reject(key, "expected a table, got " + at(key).kind());
  return {named(key), *table, keys};
}

std::string Spec::text(std::string_view key) const {
  const auto* text = std::get_if<std::string>(&at(key).data());
  if (!text) reject(key, "expected a text, got " + at(key).kind());
  return *text;
}

std::size_t Spec::choice(std::string_view key, std::initializer_list<const char*> choices) const {
  const auto found = std::ranges::find(choices, text(key));
  if (found == choices.end()) reject(key, "known: " + join({choices.begin(), choices.end()}, ", "));
  return static_cast<std::size_t>(found - choices.begin());
}

double Spec::number(std::string_view key, Units units) const {
  const Table* table = at(key).table();
  if (!table) reject(key, "a number is written { value = 1.5, unit = \"" + std::string(units.front().symbol) + "\" }");
  const Setting<double> value{"value", 0, "the number", 0};
  const Setting<std::string> unit = unit_setting(units);
  const Settings settings(named(key), *table, describe(value, unit));
  for (const char* part : {"value", "unit"})
    if (!settings.given(part)) reject(key, std::string("it has no ") + part);
  if (!std::isfinite(settings[value])) reject(key, "it is not finite");
  return settings[value] * factor(units, settings[unit]);
}

double Spec::positive(std::string_view key, Units units) const {
  const double value = number(key, units);
  if (value <= 0) reject(key, "it must be above 0");
  return value;
}

std::int64_t Spec::count(std::string_view key) const {
  constexpr double most = 1e15;
  const double value = positive(key, plain_units);
  if (value != std::floor(value) || value > most) reject(key, "it must be a whole number");
  return static_cast<std::int64_t>(value);
}

const Value& Spec::at(std::string_view key) const {
  if (const Value* value = table_.find(key)) return *value;
  const std::string file = table_.empty() ? "" : table_.begin()->second.origin().file;
  throw UserError("key '" + named(key) + "' is missing" + (file.empty() ? "" : " in " + file));
}

std::string Spec::named(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void Spec::reject(std::string_view key, std::string_view why) const {
  throw UserError(named(key) + place(at(key).origin()) + " cannot be used", why);
}

}  // namespace acrtc::hardware
