#pragma once

#include <cstdint>
#include <string>

#include "acrtc/train/trainer.hpp"

namespace acrtc::train {

bool weights_are_finite(network::ParameterStore& parameters);

/// What to throw where a number of this step, or of the test after it, is not finite: it names the layer in which that
/// began. Collective. Outputs are those of each rank's last forward pass; where the fault was in an earlier one, the
/// gradients tell as far as they can. `otherwise` stands for what nothing explains.
Divergence divergence(std::int64_t step, const TrainParts& parts, const std::string& otherwise);

}  // namespace acrtc::train
