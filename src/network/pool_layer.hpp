#pragma once

#include "acrtc/base/settings.hpp"
#include "acrtc/network/layer.hpp"
#include "pooling.hpp"

namespace acrtc::network {

/// Pooling of either kind over one input.
class PoolLayer : public Layer {
 public:
  PoolLayer(PoolingSpec::Kind kind, const Settings& settings, const LayerContext& context);

  SampleShape output_shape() const override { return output_; }
  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) override;
  void backward(const PassContext& pass, std::span<const Activations* const> in, const Activations& out,
                Activations& d_out, std::span<Activations* const> d_in) override;
  std::int64_t memory_bytes() const override { return pooling_.memory_bytes(); }

  static Schema schema();

 private:
  PoolLayer(const PoolingSpec& spec, const LayerContext& context);

  SampleShape output_;
  Pooling pooling_;
  int threads_;
};

}  // namespace acrtc::network
