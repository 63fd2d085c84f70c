#include "activation_layer.hpp"

#include "elementwise.hpp"
#include "fit.hpp"

namespace acrtc::network {

ActivationLayer::ActivationLayer(dense::ActivationKind kind, const LayerContext& context)
    : kind_(kind),
      shape_(only_input(context)),
      activation_(kind, DenseTensor::element_of(context.gemms.options().format), context.engine),
      engine_(context.engine) {}

void ActivationLayer::forward(const PassContext&, std::span<const Activations* const> in, Activations& out) {
  activation_.forward(out.elements(), x_.read(engine_, *in[0]), y_.write(out));
  y_.finish(engine_, out);
  if (needs_rounding()) round_in_place(engine_, out.values());
}

void ActivationLayer::backward(const PassContext&, std::span<const Activations* const>, const Activations& out,
                               Activations& d_out, std::span<Activations* const> d_in) {
  activation_.backward(out.elements(), y_.read(engine_, out), dy_.read(engine_, d_out), x_.write(*d_in[0]));
  x_.finish(engine_, *d_in[0]);
  if (needs_rounding()) round_in_place(engine_, d_in[0]->values());
}

}  // namespace acrtc::network
