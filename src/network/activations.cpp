#include "acrtc/network/activations.hpp"

#include "acrtc/reuse/blocks.hpp"

namespace acrtc::network {

Activations::Activations(reuse::Format format) : format_(format), halves_(reuse::loads_halves(format)) {}

Activations::Activations(reuse::Format format, std::int64_t samples, SampleShape shape) : Activations(format) {
  resize(samples, shape);
}

std::int64_t Activations::element_bytes(reuse::Format format) { return reuse::loads_halves(format) ? 2 : 4; }

void Activations::resize(std::int64_t samples, SampleShape shape) {
  samples_ = samples;
  shape_ = shape;
  bytes_.reserve(static_cast<std::size_t>(elements() * element_bytes(format_)));
}

}  // namespace acrtc::network
