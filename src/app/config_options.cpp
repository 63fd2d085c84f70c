#include "config_options.hpp"

#include <CLI/CLI.hpp>

#include "config_file.hpp"

namespace acrtc::app {

ConfigOptions::ConfigOptions(CLI::App& options) {
  options.add_option("-c,--config", file_, "configuration file; without one every key has its default");
  options.add_option("-s,--set", assignments_, "key=value in place of the file's, such as train.batch=32; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  options.add_option("-n,--nodes", nodes_, "train.nodes: emulated accelerators, a multiple of the ranks");
  options.add_option("--epochs", epochs_, "train.epochs: passes over the training samples");
  options.add_option("--seed", seed_, "seed of weights, order, dropout and augmentation");
}

Configuration ConfigOptions::load() const { return load_over(Table{}); }

Configuration ConfigOptions::load_over(const std::string& text, const std::string& origin) const {
  return load_over(parse_toml(text, origin));
}

Configuration ConfigOptions::load_over(Table table) const {
  if (!file_.empty()) overlay(table, read_toml(file_));
  for (const std::string& assignment : assignments_) assign(table, assignment);
  if (nodes_) assign(table, "train.nodes=" + std::to_string(*nodes_));
  if (epochs_) assign(table, "train.epochs=" + std::to_string(*epochs_));
  if (seed_) assign(table, "seed=" + std::to_string(*seed_));
  return Configuration(table);
}

}  // namespace acrtc::app
