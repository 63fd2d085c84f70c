#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "configuration.hpp"

namespace CLI {
class App;
}

namespace acrtc::app {

/// The options that say what a run is: a file, `--set` over it, short flags over both.
class ConfigOptions {
 public:
  /// Declares --config, --set and the short flags.
  explicit ConfigOptions(CLI::App& options);

  /// The configuration they amount to. Throws UserError.
  Configuration load() const;
  /// The same over the TOML `text`, which messages call `origin`, instead of the fallbacks. Throws UserError where they
  /// name another network than the text: one's settings mean nothing to the other.
  Configuration load_over(const std::string& text, const std::string& origin) const;

 private:
  Table given() const;

  std::string file_;
  std::vector<std::string> assignments_;
  std::optional<std::int64_t> nodes_, epochs_, seed_;
};

}  // namespace acrtc::app
