#include "activation_layer.hpp"

#include "elementwise.hpp"
#include "fit.hpp"

namespace acrtc::network {

ActivationLayer::ActivationLayer(dense::ActivationKind kind, const LayerContext& context)
    : kind_(kind), shape_(only_input(context)), activation_(kind, context.engine), gemms_(context.gemms) {}

void ActivationLayer::forward(const PassContext&, std::span<const Tensor* const> in, Tensor& out) {
  activation_.forward(in[0]->values(), out.values());
  if (needs_rounding()) round_to_operands(gemms_, out.values());
}

void ActivationLayer::backward(const PassContext&, std::span<const Tensor* const>, const Tensor& out,
                               const Tensor& d_out, std::span<Tensor* const> d_in) {
  activation_.backward(out.values(), d_out.values(), d_in[0]->values());
  if (needs_rounding()) round_to_operands(gemms_, d_in[0]->values());
}

}  // namespace acrtc::network
