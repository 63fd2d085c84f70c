#pragma once

#include <string>

#include "configuration.hpp"

namespace acrtc::app {

/// Throws UserError naming the key where a run that began with the configuration `before` (TOML, from `origin`) cannot
/// go on with `now`. How often rows are flushed and checkpoints written may change, and epochs may be added unless the
/// learning rate depends on their number; a changed anything else would make another run of it.
void check_same_run(const std::string& before, const std::string& origin, const Configuration& now);

}  // namespace acrtc::app
