#include "fp32_copy.hpp"

#include "elementwise.hpp"

namespace acrtc::network {
namespace {

std::size_t size_of(const Activations& tensor) { return static_cast<std::size_t>(tensor.elements()); }

}  // namespace

std::span<float> Fp32Copy::room(const Activations& tensor) {
  copy_.reserve(size_of(tensor));
  return copy_.span().first(size_of(tensor));
}

std::span<const float> Fp32Copy::read(const dense::Engine& engine, const Activations& from) {
  if (from.f32()) return {from.f32(), size_of(from)};
  const std::span<float> numbers = room(from);
  widen(engine, from.values(), numbers);
  return numbers;
}

std::span<float> Fp32Copy::write(Activations& to) {
  return to.f32() ? std::span(to.values().as<float>(), size_of(to)) : room(to);
}

void Fp32Copy::finish(const dense::Engine& engine, Activations& to) const {
  if (to.f32()) return round_in_place(engine, to.values());
  round_into(engine, copy_.span().first(size_of(to)), to.values());
}

}  // namespace acrtc::network
