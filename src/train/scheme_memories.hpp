#pragma once

#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/comm/communicator.hpp"
#include "acrtc/train/trainer.hpp"

namespace acrtc::train {

/// What the scheme remembers of every node's GEMMs, on rank 0. Collective.
std::vector<SchemeMemory> gather_memories(network::GemmRunner& gemms, const comm::Communicator& ranks);

/// Puts back the memories of `local_nodes`, and no others. Throws UserError where they are not of such a scheme.
void restore_memories(std::span<const SchemeMemory> memories, Range local_nodes, const TrainParts& parts);

}  // namespace acrtc::train
