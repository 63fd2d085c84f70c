#include "config_options.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "config_file.hpp"
#include "shipped_files.hpp"

namespace acrtc::app {
namespace {

/// A file of just that name wins over one that ships.
std::filesystem::path config_path(const std::string& name) {
  std::error_code ignored;  // reading it says what is wrong
  if (std::filesystem::is_regular_file(name, ignored)) return name;
  const auto file = find_shipped(configurations, name);
  if (file.empty())
    throw UserError("no configuration is called '" + name + "'", why_not_shipped(configurations),
                    did_you_mean(name, shipped_names(configurations)));
  return file;
}

/// The network's name where one is written.
std::string network_of(const Table& configuration) {
  const Value* network = configuration.find("network");
  const Value* name = network && network->table() ? network->table()->find("name") : nullptr;
  const auto* text = name ? std::get_if<std::string>(&name->data()) : nullptr;
  return text ? *text : "";
}

}  // namespace

ConfigOptions::ConfigOptions(CLI::App& options) {
  options.add_option("-c,--config", file_,
                     "configuration: a file, or the name of one that ships; without one every key has its default");
  options.add_option("-s,--set", assignments_, "key=value in place of the file's, such as train.batch=32; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  const auto take_last = CLI::MultiOptionPolicy::TakeLast;  // job scripts put theirs before the user's
  options.add_option("-n,--nodes", nodes_, "train.nodes: emulated accelerators, a multiple of the ranks")
      ->multi_option_policy(take_last);
  options.add_option("--epochs", epochs_, "train.epochs: passes over the training samples")
      ->multi_option_policy(take_last);
  options.add_option("--seed", seed_, "seed of weights, order, dropout and augmentation")
      ->multi_option_policy(take_last);
}

Configuration ConfigOptions::load() const { return Configuration(given()); }

Configuration ConfigOptions::load_over(const std::string& text, const std::string& origin) const {
  Table table = parse_toml(text, origin);
  const Table above = given();
  const std::string below_network = network_of(table), above_network = network_of(above);
  if (!above_network.empty() && above_network != below_network)
    throw UserError("cannot use '" + origin + "'",
                    "it is of network '" + below_network + "', the options ask for '" + above_network + "'",
                    "give the configuration that it was made with, or none");
  overlay(table, above);
  return Configuration(table);
}

Table ConfigOptions::given() const {
  Table table;
  if (!file_.empty()) overlay(table, read_toml(config_path(file_)));
  for (const std::string& assignment : assignments_) assign(table, assignment);
  if (nodes_) put(table, "train.nodes", {*nodes_, Origin{"--nodes"}});
  if (epochs_) put(table, "train.epochs", {*epochs_, Origin{"--epochs"}});
  if (seed_) put(table, "seed", {*seed_, Origin{"--seed"}});
  return table;
}

}  // namespace acrtc::app
