#pragma once

#include "acrtc/record/provenance.hpp"
#include "command.hpp"
#include "configuration.hpp"

namespace acrtc::app {

/// Where a run comes from. Collective: it names the hosts of all ranks.
record::Provenance provenance(const Surroundings& surroundings, const Configuration& configuration, int threads);

}  // namespace acrtc::app
