#pragma once

#include "acrtc/hardware/accelerator.hpp"
#include "acrtc/hardware/interconnect.hpp"
#include "configuration.hpp"

namespace acrtc::app {

/// What the configuration names, by name or by path, with the keys of [hardware.override.accelerator] or
/// [hardware.override.interconnect] in place of the file's. Throws UserError naming key and origin.
hardware::Accelerator load_accelerator(const Configuration& configuration);
hardware::Interconnect load_interconnect(const Configuration& configuration);

}  // namespace acrtc::app
