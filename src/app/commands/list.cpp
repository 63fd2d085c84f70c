#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "acrtc/control/policy.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/synth.hpp"
#include "acrtc/hardware/interconnect.hpp"
#include "acrtc/network/network.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "acrtc/train/optimizer.hpp"
#include "acrtc/train/schedule.hpp"
#include "commands.hpp"
#include "config_file.hpp"
#include "configuration.hpp"
#include "shipped_files.hpp"

namespace acrtc::app {
namespace {

constexpr int name_width = 18;  // the longest: recursive_doubling

template <class Kind>
void list_plugins() {
  const auto& registry = Registry<Kind>::instance();
  for (const std::string& name : registry.names()) {
    const auto& entry = registry.find(name);
    fmt::print("  {:<{}} {}\n", name, name_width, entry.summary);
    fmt::print("{}", listing(entry.schema));
  }
}

void list_hardware() {
  for (const ShippedKind& kind : {accelerators, interconnects})
    for (const std::string& name : shipped_names(kind)) {
      const Table table = read_toml(find_shipped(kind, name));
      const Value* description = table.find("description");
      const auto* text = description ? std::get_if<std::string>(&description->data()) : nullptr;
      fmt::print("  {:<{}} {}: {}\n", name, name_width, kind.noun, text ? *text : "");
    }
}

struct Kind {
  const char* name;
  const char* where;  ///< in the configuration
  void (*print)();
};

constexpr Kind kinds[] = {
    {"datasets", "dataset.name", list_plugins<dataset::Dataset>},
    {"synth", "acrtc synth NAME", list_plugins<dataset::SynthWriter>},
    {"networks", "network.name", list_plugins<network::Zoo>},
    {"layers", "kind in [[network.layer]]", list_plugins<network::Layer>},
    {"schemes", "reuse.scheme", list_plugins<reuse::Scheme>},
    {"controllers", "control.policy", list_plugins<control::Policy>},
    {"optimizers", "train.optimizer", list_plugins<train::Optimizer>},
    {"collectives", "hardware.collective", list_plugins<hardware::Collective>},
    {"hardware", "hardware.accelerator, hardware.interconnect", list_hardware},
};

class List : public Command {
 public:
  explicit List(CLI::App& options) {
    std::vector<std::string> names;
    for (const Kind& kind : kinds) names.emplace_back(kind.name);
    options.add_option("kind", kind_, "what to list; everything where left out")->check(CLI::IsMember(names));
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    for (const Kind& kind : kinds) {
      if (!kind_.empty() && kind_ != kind.name) continue;
      fmt::print("{} ({})\n", kind.name, kind.where);
      kind.print();
      fmt::print("\n");
    }
    return status_ok;
  }

 private:
  std::string kind_;
};

}  // namespace

std::unique_ptr<Command> make_list(CLI::App& options) { return std::make_unique<List>(options); }

}  // namespace acrtc::app
