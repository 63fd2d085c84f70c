#pragma once

#include "acrtc/comm/communicator.hpp"
#include "acrtc/comm/host_memory.hpp"
#include "acrtc/network/parameters.hpp"

namespace acrtc::train {

/// Weights and gradients of all ranks on this machine. The store keeps their memory.
struct SharedParameters {
  comm::HostArray values, gradients;
};

/// Moves both arrays to where ranks of one machine see each other's. All ranks together.
SharedParameters share_parameters(network::ParameterStore& parameters, const comm::Communicator& ranks);

}  // namespace acrtc::train
