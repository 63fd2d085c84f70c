#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "acrtc/base/settings.hpp"
#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/network/layer.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::app {

/// One table of the configuration: its settings in force and what they mean.
struct Section {
  std::string help;  ///< one line of prose, no full stop
  Schema schema;
  Settings settings;
  Table free;  ///< tables inside that a later reader checks: layers of a network, hardware overrides

  template <class T>
  const T& operator[](const Setting<T>& setting) const {
    return settings[setting];
  }
  const std::string& path() const { return settings.path(); }
};

/// The keys that the program itself reads; plug-ins declare theirs where they are read.
namespace keys {
extern const Setting<std::int64_t> seed;
extern const Setting<std::string> dataset, network, scheme, accelerator, interconnect, collective, optimizer, policy;
extern const Setting<double> label_smoothing;
extern const Setting<std::int64_t> capture;
extern const Setting<double> flush_seconds;
extern const Setting<std::int64_t> every_steps, keep;
extern const Setting<double> every_minutes, silence, standstill;
extern const Setting<std::string> directory, on_divergence;
}  // namespace keys

/// A run's whole configuration: every table and key known, typed and in range, missing ones at their fallback. Each
/// table that names a plug-in also holds the plug-in's own settings.
class Configuration {
 public:
  /// Throws UserError naming key, origin and, for an unknown one, the nearest known.
  explicit Configuration(const Table& table);

  Section run, dataset, network, reuse, hardware, train, schedule, control, record, checkpoint, watchdog;
  std::vector<Section> rules;  ///< [[reuse.rule]]

  std::uint64_t seed() const { return static_cast<std::uint64_t>(run[keys::seed]); }
  /// True where the network is written layer by layer, in network.free["layer"].
  bool own_layers() const { return network.free.find("layer"); }
  network::GemmOptions gemm_options() const;
  train::TrainOptions train_options() const;

  /// A setting of the chosen scheme, or `fallback` where the scheme has none of that name.
  template <class T>
  T scheme_setting(const std::string& name, T fallback) const {
    const bool known = std::ranges::find(reuse.schema, name, &SettingDescription::name) != reuse.schema.end();
    return known ? reuse[Setting<T>{name, fallback, ""}] : fallback;
  }

  /// All sections in the order in which they are written, rules excepted.
  std::vector<const Section*> sections() const;
};

/// Comments: each key's help, range and unit above it.
enum class Comments { none, all };
/// The configuration as TOML, every key with the value in force. It reads back as the same configuration.
std::string to_toml(const Configuration& configuration, Comments comments);

/// A listing of settings, one commented `key = fallback` each, indented by two blanks.
std::string listing(const Schema& schema);

}  // namespace acrtc::app
