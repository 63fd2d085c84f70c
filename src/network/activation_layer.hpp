#pragma once

#include "acrtc/base/settings.hpp"
#include "acrtc/dense/activation.hpp"
#include "acrtc/network/layer.hpp"

namespace acrtc::network {

/// An element-wise function of one input. Its derivative is taken at the output, which is rounded.
class ActivationLayer : public Layer {
 public:
  ActivationLayer(dense::ActivationKind kind, const LayerContext& context);

  SampleShape output_shape() const override { return shape_; }
  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) override;
  void backward(const PassContext& pass, std::span<const Activations* const> in, const Activations& out,
                Activations& d_out, std::span<Activations* const> d_in) override;

 private:
  /// ReLU only selects values.
  bool needs_rounding() const { return kind_ != dense::ActivationKind::relu; }

  dense::ActivationKind kind_;
  SampleShape shape_;
  dense::Activation activation_;
  dense::Engine& engine_;
};

}  // namespace acrtc::network
