#pragma once

#include <string>
#include <vector>

#include "acrtc/hardware/accelerator.hpp"
#include "acrtc/hardware/interconnect.hpp"
#include "configuration.hpp"

namespace acrtc::app {

/// Where hardware files lie: in configs/hardware or configs/interconnect of the working directory, of the
/// installation, or of the source tree that the program was built in; the first place that has a name wins.
enum class HardwareKind { accelerator, interconnect };

/// Names that `hardware.accelerator` or `hardware.interconnect` may have, sorted.
std::vector<std::string> hardware_names(HardwareKind kind);

/// A file's table by its name, or by its path (anything with a slash or ending in .toml). Throws UserError naming all
/// places where it was sought.
Table read_hardware(HardwareKind kind, const std::string& name);

/// What the configuration names, with the keys of [hardware.override.accelerator] or [hardware.override.interconnect]
/// in place of the file's.
hardware::Accelerator load_accelerator(const Configuration& configuration);
hardware::Interconnect load_interconnect(const Configuration& configuration);

}  // namespace acrtc::app
