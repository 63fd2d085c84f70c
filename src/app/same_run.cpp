#include "same_run.hpp"

#include <map>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "config_file.hpp"

namespace acrtc::app {
namespace {

using Keys = std::map<std::string, std::string>;

constexpr const char* harmless[] = {"record.flush_seconds", "record.capture", "train.on_divergence",
                                    "train.load_threads", "train.load_ahead"};
constexpr const char* harmless_tables[] = {"checkpoint.", "watchdog."};

bool is_harmless(const std::string& key) {
  return std::ranges::find(harmless, key) != std::end(harmless) ||
         std::ranges::any_of(harmless_tables, [&](const char* table) { return key.starts_with(table); });
}

std::string scalar_text(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value.data())) return to_text(SettingValue{*flag});
  if (const auto* integer = std::get_if<std::int64_t>(&value.data())) return to_text(SettingValue{*integer});
  if (const auto* real = std::get_if<double>(&value.data())) return to_text(SettingValue{*real});
  return to_text(SettingValue{std::get<std::string>(value.data())});
}

/// `network.layer[2].kind` and the like, each with its value as text.
void flatten(const std::string& path, const Value& value, Keys& keys) {
  if (const Table* table = value.table()) {
    for (const auto& [name, inner] : *table) flatten(path.empty() ? name : path + "." + name, inner, keys);
  } else if (const Array* list = value.array()) {
    keys[path] = std::to_string(list->size()) + " entries";
    for (std::size_t i = 0; i < list->size(); ++i) flatten(path + "[" + std::to_string(i) + "]", list->at(i), keys);
  } else {
    keys[path] = scalar_text(value);
  }
}

Keys keys_of(const std::string& toml, const std::string& origin) {
  Keys keys;
  flatten("", Value(parse_toml(toml, origin)), keys);
  return keys;
}

/// poly and cosine end with the run: another number of epochs is another rate at every step.
bool only_adds_epochs(const std::string& key, const std::string& before, const std::string& now, const Keys& keys) {
  const auto policy = keys.find("schedule.policy");
  const bool fixed = policy == keys.end() || (policy->second != "\"poly\"" && policy->second != "\"cosine\"");
  return key == "train.epochs" && fixed && std::stoll(now) > std::stoll(before);
}

std::string value_in(const Keys& keys, const std::string& key) {
  const auto found = keys.find(key);
  return found == keys.end() ? "not there" : found->second;
}

}  // namespace

void check_same_run(const std::string& before, const std::string& origin, const Configuration& now) {
  const Keys old_keys = keys_of(before, origin), new_keys = keys_of(to_toml(now, Comments::none), "configuration");
  Keys all = old_keys;
  all.insert(new_keys.begin(), new_keys.end());
  for (const auto& [key, ignored] : all) {
    const std::string was = value_in(old_keys, key), is = value_in(new_keys, key);
    if (was == is || is_harmless(key) || only_adds_epochs(key, was, is, new_keys)) continue;
    throw UserError("cannot go on from '" + origin + "'", key + " was " + was + " and is " + is,
                    "resume with the configuration that began the run, or begin another run");
  }
}

}  // namespace acrtc::app
