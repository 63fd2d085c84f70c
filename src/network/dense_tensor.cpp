#include "dense_tensor.hpp"

#include "acrtc/reuse/blocks.hpp"

namespace acrtc::network {
namespace {

bool is_copied(const Activations& tensor) { return tensor.halves() && tensor.values().format == reuse::Format::fp16; }

}  // namespace

dense::Element DenseTensor::element_of(reuse::Format format) {
  return format == reuse::Format::bf16 && reuse::loads_halves(format) ? dense::Element::bf16 : dense::Element::f32;
}

const void* DenseTensor::read(const dense::Engine& engine, const Activations& from) {
  return is_copied(from) ? copy_.read(engine, from).data() : from.data();
}

void* DenseTensor::write(Activations& to) { return is_copied(to) ? copy_.write(to).data() : to.data(); }

void DenseTensor::finish(const dense::Engine& engine, Activations& to) const {
  if (is_copied(to)) copy_.finish(engine, to);
}

}  // namespace acrtc::network
