#pragma once

#include <cstdint>
#include <string>

#include "acrtc/train/trainer.hpp"

namespace acrtc::train {

bool weights_are_finite(network::ParameterStore& parameters);

/// What to throw where a number of this step, or of the test after it, is not finite: it names the layer in which that
/// began. Collective. `layer` is the first whose output is known to have been at fault in an earlier pass of this rank,
/// or the number of layers; of the last pass the network holds the outputs. `otherwise` stands for what nothing
/// explains.
Divergence divergence(std::int64_t step, const TrainParts& parts, std::int64_t layer, const std::string& otherwise);

}  // namespace acrtc::train
