#include "hardware_files.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "config_file.hpp"

namespace acrtc::app {
namespace {

namespace fs = std::filesystem;

const char* folder(HardwareKind kind) { return kind == HardwareKind::accelerator ? "hardware" : "interconnect"; }
const char* noun(HardwareKind kind) { return kind == HardwareKind::accelerator ? "accelerator" : "interconnect"; }

std::vector<fs::path> places(HardwareKind kind) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  return {fs::path("configs") / folder(kind), program / "../share/acrtc" / folder(kind),
          program / "../../configs" / folder(kind)};
}

fs::path find(HardwareKind kind, const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) return name;
  std::vector<std::string> sought;
  for (const fs::path& place : places(kind)) {
    const fs::path file = place / (name + ".toml");
    if (fs::exists(file)) return file;
    sought.push_back(place.lexically_normal().string());
  }
  const auto names = hardware_names(kind);
  throw UserError("no " + std::string(noun(kind)) + " is called '" + name + "'",
                  "known: " + join(names, ", ") + "; sought in " + join(sought, ", "), did_you_mean(name, names));
}

/// The file that `choice` names, under the overrides of its kind.
Table overridden(const Configuration& configuration, HardwareKind kind, const Setting<std::string>& choice) {
  Table table = read_hardware(kind, configuration.hardware[choice]);
  const Value* overrides = configuration.hardware.free.find("override");
  if (!overrides) return table;
  if (!overrides->table()) throw UserError("hardware.override at " + to_string(overrides->origin()) + " is no table");
  const std::vector<std::string> known{noun(HardwareKind::accelerator), noun(HardwareKind::interconnect)};
  for (const auto& [name, value] : *overrides->table()) {
    if (std::ranges::find(known, name) == known.end() || !value.table())
      throw UserError("unknown table [hardware.override." + name + "] at " + to_string(value.origin()),
                      "known: " + join(known, ", "), did_you_mean(name, known));
    if (name == noun(kind)) overlay(table, *value.table());
  }
  return table;
}

}  // namespace

std::vector<std::string> hardware_names(HardwareKind kind) {
  std::set<std::string> names;
  for (const fs::path& place : places(kind)) {
    if (!fs::is_directory(place)) continue;
    for (const auto& file : fs::directory_iterator(place))
      if (file.path().extension() == ".toml") names.insert(file.path().stem().string());
  }
  return {names.begin(), names.end()};
}

Table read_hardware(HardwareKind kind, const std::string& name) { return read_toml(find(kind, name)); }

hardware::Accelerator load_accelerator(const Configuration& configuration) {
  return hardware::parse_accelerator(overridden(configuration, HardwareKind::accelerator, keys::accelerator),
                                     configuration.hardware[keys::accelerator]);
}

hardware::Interconnect load_interconnect(const Configuration& configuration) {
  return hardware::parse_interconnect(overridden(configuration, HardwareKind::interconnect, keys::interconnect),
                                      configuration.hardware[keys::interconnect]);
}

}  // namespace acrtc::app
