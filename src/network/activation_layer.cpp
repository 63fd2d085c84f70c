#include "activation_layer.hpp"

#include "elementwise.hpp"
#include "fit.hpp"

namespace acrtc::network {

ActivationLayer::ActivationLayer(dense::ActivationKind kind, const LayerContext& context)
    : kind_(kind),
      shape_(only_input(context)),
      activation_(kind, Activations::element_of(context.gemms.options().format), context.engine),
      engine_(context.engine) {}

void ActivationLayer::forward(const PassContext&, std::span<const Activations* const> in, Activations& out) {
  activation_.forward(out.elements(), in[0]->data(), out.data());
  if (needs_rounding()) round_in_place(engine_, out.values());
}

void ActivationLayer::backward(const PassContext&, std::span<const Activations* const>, const Activations& out,
                               Activations& d_out, std::span<Activations* const> d_in) {
  activation_.backward(out.elements(), out.data(), d_out.data(), d_in[0]->data());
  if (needs_rounding()) round_in_place(engine_, d_in[0]->values());
}

}  // namespace acrtc::network
