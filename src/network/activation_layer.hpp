#pragma once

#include "acrtc/base/settings.hpp"
#include "acrtc/dense/activation.hpp"
#include "acrtc/network/layer.hpp"
#include "dense_tensor.hpp"

namespace acrtc::network {

/// An element-wise function of one input. Its derivative is taken at the output, which is rounded.
class ActivationLayer : public Layer {
 public:
  ActivationLayer(dense::ActivationKind kind, const LayerContext& context);

  SampleShape output_shape() const override { return shape_; }
  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) override;
  void backward(const PassContext& pass, std::span<const Activations* const> in, const Activations& out,
                Activations& d_out, std::span<Activations* const> d_in) override;
  std::int64_t memory_bytes() const override { return x_.memory_bytes() + y_.memory_bytes() + dy_.memory_bytes(); }

 private:
  /// ReLU only selects values.
  bool needs_rounding() const { return kind_ != dense::ActivationKind::relu; }

  dense::ActivationKind kind_;
  SampleShape shape_;
  dense::Activation activation_;
  dense::Engine& engine_;
  DenseTensor x_, y_, dy_;  ///< x: or its gradient
};

}  // namespace acrtc::network
