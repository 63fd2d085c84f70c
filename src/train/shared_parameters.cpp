#include "shared_parameters.hpp"

#include <malloc.h>

#include <memory>

namespace acrtc::train {

SharedParameters share_parameters(network::ParameterStore& parameters, const comm::Communicator& ranks) {
  if (ranks.size() == 1) return {parameters.values(), parameters.gradients()};
  const auto size = static_cast<std::size_t>(parameters.size());
  const auto memory = std::make_shared<comm::HostMemory>(ranks, 2 * size);
  SharedParameters shared{memory->array(0, size), memory->array(size, size)};
  parameters.move_to(shared.values.own(), shared.gradients.own(), memory);
  malloc_trim(0);  // what they had before would stay with the process, which is told to keep freed memory
  return shared;
}

}  // namespace acrtc::train
