#include "acrtc/network/activations.hpp"

#include "acrtc/reuse/blocks.hpp"

namespace acrtc::network {

Activations::Activations(reuse::Format format) : format_(format), halves_(element_of(format) == dense::Element::bf16) {}

Activations::Activations(reuse::Format format, std::int64_t samples, SampleShape shape) : Activations(format) {
  resize(samples, shape);
}

dense::Element Activations::element_of(reuse::Format format) {
  return reuse::loads_bf16(format) ? dense::Element::bf16 : dense::Element::f32;
}

void Activations::resize(std::int64_t samples, SampleShape shape) {
  samples_ = samples;
  shape_ = shape;
  bytes_.reserve(static_cast<std::size_t>(elements() * element_bytes(format_)));
}

}  // namespace acrtc::network
