#include <cmath>
#include <vector>

#include "../fit.hpp"
#include "../normalization.hpp"
#include "acrtc/base/parallel.hpp"

namespace acrtc::network {
namespace {

const Setting<double> epsilon{"epsilon", 1e-5, "added to the variance", 1e-12, 1};
const Setting<double> average_share{"average_share", 0.1, "share of a step's statistics in the running averages", 1e-6,
                                    1};
const Setting<double> scale_value{"scale_value", 1.0, "what scales start at", -1e3, 1e3};
const Setting<double> weight_decay_factor{"weight_decay_factor", 0.0, "multiplies the decay of scales and shifts", 0,
                                          1e6};

ChannelRows rows_of(const Activations& tensor, std::int64_t channel) {
  const std::int64_t pixels = tensor.shape().height * tensor.shape().width;
  return {.first = channel * pixels, .length = pixels, .step = tensor.shape().elements(), .count = tensor.samples()};
}

/// Batch normalisation (Ioffe & Szegedy, ICML 2015, arXiv:1502.03167) over a node's own batch. A channel is one task
/// and its sums have one order, so that bits do not depend on threads, which oneDNN's do.
class BatchNorm : public Layer {
 public:
  BatchNorm(const Settings& settings, const LayerContext& context)
      : shape_(only_input(context)),
        epsilon_(settings[epsilon]),
        mean_(shape_.channels),
        inverse_deviation_(shape_.channels),
        threads_(context.engine.threads()),
        parameters_(context.parameters) {
    const auto trained = [&](const char* name, float start) {
      return Parameter{.name = context.name + name,
                       .layer = context.name,
                       .shape = {shape_.channels},
                       .initializer = {.scale = start},
                       .weight_decay_factor = settings[weight_decay_factor]};
    };
    const auto average = [&](const char* name, float start) {
      Parameter parameter = trained(name, start);
      parameter.average_share = settings[average_share];
      return parameter;
    };
    scale_ = parameters_.add(trained(".scale", static_cast<float>(settings[scale_value])));
    shift_ = parameters_.add(trained(".shift", 0));
    running_mean_ = parameters_.add(average(".running_mean", 0));
    running_variance_ = parameters_.add(average(".running_variance", 1));
  }

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) override {
    parallel_for(threads_, shape_.channels, [&](std::int64_t channel) {
      if (pass.mode == Mode::training)
        measure(*in[0], channel);
      else
        recall(channel);
      normalize(normalization(channel), rows_of(out, channel), in[0]->values(), out.values());
    });
  }

  void backward(const PassContext&, std::span<const Activations* const> in, const Activations&, Activations& d_out,
                std::span<Activations* const> d_in) override {
    parallel_for(threads_, shape_.channels,
                 [&](std::int64_t channel) { differentiate_channel(*in[0], d_out, d_in[0], channel); });
  }

  bool rectify() override {
    rectified_ = reuse::Rectified::yes;
    return true;
  }

  std::int64_t memory_bytes() const override { return 2 * shape_.channels * std::int64_t{sizeof(float)}; }

 private:
  /// The batch's own statistics; the running variance follows the unbiased estimate, as in the paper.
  void measure(const Activations& x, std::int64_t channel) {
    const ChannelRows rows = rows_of(x, channel);
    const auto [mean, squares] = moments(rows, x.values());
    const auto count = static_cast<double>(rows.size());
    use(channel, static_cast<float>(mean), squares / count);
    parameters_.gradients(running_mean_)[channel] = static_cast<float>(mean);
    parameters_.gradients(running_variance_)[channel] = static_cast<float>(squares / std::max(1.0, count - 1));
  }

  void recall(std::int64_t channel) {
    use(channel, parameters_.values(running_mean_)[channel], parameters_.values(running_variance_)[channel]);
  }

  void use(std::int64_t channel, float mean, double variance) {
    mean_[channel] = mean;
    inverse_deviation_[channel] = static_cast<float>(1 / std::sqrt(variance + epsilon_));
  }

  Normalization normalization(std::int64_t channel) const {
    return {.mean = mean_[channel],
            .factor = parameters_.values(scale_)[channel] * inverse_deviation_[channel],
            .shift = parameters_.values(shift_)[channel],
            .rectified = rectified_};
  }

  /// With xn the normalised x: dx = scale / deviation * (dy - mean of dy - xn * mean of dy xn).
  void differentiate_channel(const Activations& x, const Activations& dy, Activations* dx, std::int64_t channel) {
    const ChannelRows rows = rows_of(x, channel);
    const Normalization forward = normalization(channel);
    const float inverse = inverse_deviation_[channel];
    const GradientSums sums = gradient_sums(forward, rows, x.values(), dy.values());
    const double slope = sums.dy_x * inverse;
    parameters_.gradients(shift_)[channel] = static_cast<float>(sums.dy);
    parameters_.gradients(scale_)[channel] = static_cast<float>(slope);
    if (!dx) return;
    const auto count = static_cast<double>(rows.size());
    const NormalizationGradient how{.forward = forward,
                                    .mean_dy = static_cast<float>(sums.dy / count),
                                    .slope = static_cast<float>(slope / count) * inverse};
    differentiate(how, rows, x.values(), dy.values(), dx->values());
  }

  SampleShape shape_;
  double epsilon_;
  std::vector<float> mean_, inverse_deviation_;  ///< in use in the current pass
  int threads_;
  ParameterStore& parameters_;
  reuse::Rectified rectified_ = reuse::Rectified::no;
  int scale_ = 0, shift_ = 0, running_mean_ = 0, running_variance_ = 0;
};

const Registration<Layer> registration{
    "batch_norm", "shifts and scales each channel to mean 0 and variance 1 over the node's batch, then as trained",
    describe(epsilon, average_share, scale_value, weight_decay_factor),
    [](const Settings& settings, const LayerContext& context) {
      return std::make_unique<BatchNorm>(settings, context);
    }};

}  // namespace
}  // namespace acrtc::network
