#include <cmath>
#include <vector>

#include "../elementwise.hpp"
#include "../fit.hpp"
#include "acrtc/base/parallel.hpp"

namespace acrtc::network {
namespace {

const Setting<double> epsilon{"epsilon", 1e-5, "added to the variance", 1e-12, 1};
const Setting<double> average_share{"average_share", 0.1, "share of a step's statistics in the running averages", 1e-6,
                                    1};
const Setting<double> scale_value{"scale_value", 1.0, "what scales start at", -1e3, 1e3};
const Setting<double> weight_decay_factor{"weight_decay_factor", 0.0, "multiplies the decay of scales and shifts", 0,
                                          1e6};

/// A tensor seen channel by channel.
struct Channels {
  std::int64_t samples, channels, pixels;

  explicit Channels(const Tensor& tensor)
      : samples(tensor.samples()),
        channels(tensor.shape().channels),
        pixels(tensor.shape().height * tensor.shape().width) {}

  std::int64_t values() const { return samples * pixels; }  ///< of a channel
  std::int64_t row(std::int64_t sample, std::int64_t channel) const { return (sample * channels + channel) * pixels; }

  /// The sum of term(element) over a channel: FP32 within a sample, double over samples, in order.
  template <class Term>
  double sum(std::int64_t channel, const Term& term) const {
    double sum = 0;
    for (std::int64_t n = 0; n < samples; ++n) {
      const std::int64_t at = row(n, channel);
      sum += interleaved_sum(pixels, [&](std::int64_t i) { return term(at + i); });
    }
    return sum;
  }

  template <class Body>
  void for_each(std::int64_t channel, const Body& body) const {
    for (std::int64_t n = 0; n < samples; ++n)
      for (std::int64_t i = row(n, channel); i < row(n, channel) + pixels; ++i) body(i);
  }
};

/// Batch normalisation (Ioffe & Szegedy, ICML 2015, arXiv:1502.03167) over a node's own batch. A channel is one task
/// and its sums have one order, so that bits do not depend on threads, which oneDNN's do.
class BatchNorm : public Layer {
 public:
  BatchNorm(const Settings& settings, const LayerContext& context)
      : shape_(only_input(context)),
        epsilon_(settings[epsilon]),
        mean_(shape_.channels),
        inverse_deviation_(shape_.channels),
        gemms_(context.gemms),
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

  void forward(const PassContext& pass, std::span<const Tensor* const> in, Tensor& out) override {
    parallel_for(gemms_.engine().threads(), shape_.channels, [&](std::int64_t channel) {
      if (pass.mode == Mode::training)
        measure(*in[0], channel);
      else
        recall(channel);
      normalize(*in[0], out, channel);
    });
    round_to_operands(gemms_, out.values());
  }

  void backward(const PassContext&, std::span<const Tensor* const> in, const Tensor&, const Tensor& d_out,
                std::span<Tensor* const> d_in) override {
    parallel_for(gemms_.engine().threads(), shape_.channels,
                 [&](std::int64_t channel) { differentiate(*in[0], d_out, d_in[0], channel); });
    if (d_in[0]) round_to_operands(gemms_, d_in[0]->values());
  }

  std::int64_t memory_bytes() const override { return 2 * shape_.channels * std::int64_t{sizeof(float)}; }

 private:
  /// The batch's own statistics; the running variance follows the unbiased estimate, as in the paper.
  void measure(const Tensor& x, std::int64_t channel) {
    const Channels all(x);
    const float* from = x.data();
    const auto count = static_cast<double>(all.values());
    const auto mean = static_cast<float>(all.sum(channel, [&](std::int64_t i) { return from[i]; }) / count);
    const double squares = all.sum(channel, [&](std::int64_t i) { return (from[i] - mean) * (from[i] - mean); });
    use(channel, mean, squares / count);
    parameters_.gradients(running_mean_)[channel] = mean;
    parameters_.gradients(running_variance_)[channel] = static_cast<float>(squares / std::max(1.0, count - 1));
  }

  void recall(std::int64_t channel) {
    use(channel, parameters_.values(running_mean_)[channel], parameters_.values(running_variance_)[channel]);
  }

  void use(std::int64_t channel, float mean, double variance) {
    mean_[channel] = mean;
    inverse_deviation_[channel] = static_cast<float>(1 / std::sqrt(variance + epsilon_));
  }

  void normalize(const Tensor& x, Tensor& y, std::int64_t channel) {
    const float mean = mean_[channel], shift = parameters_.values(shift_)[channel];
    const float factor = parameters_.values(scale_)[channel] * inverse_deviation_[channel];
    const float* from = x.data();
    float* to = y.data();
    Channels(x).for_each(channel, [=](std::int64_t i) { to[i] = (from[i] - mean) * factor + shift; });
  }

  /// With xn the normalised x: dx = scale / deviation * (dy - mean of dy - xn * mean of dy xn).
  void differentiate(const Tensor& x, const Tensor& dy, Tensor* dx, std::int64_t channel) {
    const Channels all(x);
    const float mean = mean_[channel], inverse = inverse_deviation_[channel];
    const float *from = x.data(), *gradient = dy.data();
    const double shift = all.sum(channel, [=](std::int64_t i) { return gradient[i]; });
    const double scale = all.sum(channel, [=](std::int64_t i) { return gradient[i] * ((from[i] - mean) * inverse); });
    parameters_.gradients(shift_)[channel] = static_cast<float>(shift);
    parameters_.gradients(scale_)[channel] = static_cast<float>(scale);
    if (!dx) return;
    const auto count = static_cast<double>(all.values());
    const auto mean_gradient = static_cast<float>(shift / count);
    const float slope = static_cast<float>(scale / count) * inverse;
    const float factor = parameters_.values(scale_)[channel] * inverse;
    float* to = dx->data();
    all.for_each(channel,
                 [=](std::int64_t i) { to[i] = factor * (gradient[i] - mean_gradient - (from[i] - mean) * slope); });
  }

  SampleShape shape_;
  double epsilon_;
  std::vector<float> mean_, inverse_deviation_;  ///< in use in the current pass
  GemmRunner& gemms_;
  ParameterStore& parameters_;
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
