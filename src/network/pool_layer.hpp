#pragma once

#include "acrtc/base/settings.hpp"
#include "acrtc/dense/pooling.hpp"
#include "acrtc/network/layer.hpp"
#include "dense_tensor.hpp"

namespace acrtc::network {

/// Pooling of either kind over one input.
class PoolLayer : public Layer {
 public:
  PoolLayer(dense::PoolingSpec::Kind kind, const Settings& settings, const LayerContext& context);

  SampleShape output_shape() const override { return spec_.output; }
  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) override;
  void backward(const PassContext& pass, std::span<const Activations* const> in, const Activations& out,
                Activations& d_out, std::span<Activations* const> d_in) override;
  std::int64_t memory_bytes() const override { return pooling_.memory_bytes() + x_.memory_bytes() + y_.memory_bytes(); }

  static Schema schema();

 private:
  /// Whether a gradient is a sum or quotient, not a copy.
  bool gradients_need_rounding() const;

  dense::PoolingSpec spec_;
  dense::Pooling pooling_;
  dense::Engine& engine_;
  DenseTensor x_, y_;  ///< or their gradients
};

}  // namespace acrtc::network
