#include "hardware_files.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "config_file.hpp"
#include "shipped_files.hpp"

namespace acrtc::app {
namespace {

/// The file that `choice` names, under the overrides of its kind.
Table overridden(const Configuration& configuration, const ShippedKind& kind, const Setting<std::string>& choice) {
  const std::string& chosen = configuration.hardware[choice];
  const auto file = find_shipped(kind, chosen);
  if (file.empty())
    configuration.hardware.settings.reject(choice.name, why_not_shipped(kind),
                                           did_you_mean(chosen, shipped_names(kind)));
  Table table = read_toml(file);
  const Value* overrides = configuration.hardware.free.find("override");
  if (!overrides) return table;
  if (!overrides->table()) throw UserError("hardware.override at " + to_string(overrides->origin()) + " is no table");
  const std::vector<std::string> known{accelerators.noun, interconnects.noun};
  for (const auto& [name, value] : *overrides->table()) {
    if (std::ranges::find(known, name) == known.end() || !value.table())
      throw UserError("unknown table [hardware.override." + name + "] at " + to_string(value.origin()),
                      "known: " + join(known, ", "), did_you_mean(name, known));
    if (name == kind.noun) overlay(table, *value.table());
  }
  return table;
}

}  // namespace

hardware::Accelerator load_accelerator(const Configuration& configuration) {
  return hardware::parse_accelerator(overridden(configuration, accelerators, keys::accelerator),
                                     configuration.hardware[keys::accelerator]);
}

hardware::Interconnect load_interconnect(const Configuration& configuration) {
  return hardware::parse_interconnect(overridden(configuration, interconnects, keys::interconnect),
                                      configuration.hardware[keys::interconnect]);
}

}  // namespace acrtc::app
