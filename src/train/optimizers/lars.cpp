#include "../momentum.hpp"
#include "../vector_math.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/train/optimizer.hpp"

namespace acrtc::train {
namespace {

const Setting<double> momentum_setting{"momentum", 0.9, "share of the last update that is carried on", 0, 1};
const Setting<double> weight_decay{"weight_decay", 0.0, "weight of the squared norm of the weights (L2) in the loss", 0,
                                   1};
const Setting<double> trust{"trust", 0.001, "share of a weight's norm that an update at rate 1 may have", 1e-9, 1};
const Setting<bool> scale_vectors{"scale_vectors", true,
                                  "scale the rates of biases and of normalisation too, not of matrices alone"};

double norm(std::span<const float> values, int threads) {
  ChunkedNorm norm(std::ssize(values));
  norm.measure(values, {0, std::ssize(values)}, threads);
  return norm.norm();
}

/// Layer-wise adaptive rate scaling (You et al., 2017, arXiv:1708.03888): the rate of each parameter is multiplied by
/// trust |w| / (|g| + decay |w|), so that no layer moves far in comparison with its weights, however large the batch.
class Lars : public Optimizer {
 public:
  Lars(const Settings& settings, const network::ParameterStore& parameters)
      : momentum_(static_cast<float>(settings[momentum_setting])),
        weight_decay_(settings[weight_decay]),
        trust_(settings[trust]),
        scale_vectors_(settings[scale_vectors]),
        velocity_(parameters.size(), 0.0F) {}

  void step(network::ParameterStore& parameters, const Update& update) override {
    for (const auto& parameter : parameters.list()) {
      if (!parameter.is_trained()) continue;
      const auto part = [&](std::span<float> all) { return all.subspan(parameter.offset, parameter.size); };
      const auto g = part(parameters.gradients()), w = part(parameters.values()), v = part(velocity_);
      const double decay = weight_decay_ * parameter.weight_decay_factor;
      const bool scaled = scale_vectors_ || parameter.shape.size() > 1;
      const double local = scaled ? local_rate(norm(w, update.threads), norm(g, update.threads), decay) : 1;
      const ElementStep step{static_cast<float>(update.learning_rate * parameter.learning_rate_factor * local),
                             static_cast<float>(decay), momentum_};
      parallel_ranges(update.threads, parameter.size, update_grain, [&](std::int64_t begin, std::int64_t end) {
        const auto length = end - begin;
        move_plain(step, g.subspan(begin, length), v.subspan(begin, length), w.subspan(begin, length));
      });
    }
    parameters.touch();
  }

  bool is_elementwise() const override { return false; }

  /// FP32: gradient and weight read twice (norms first), weight written, velocity read and written.
  double bytes_per_parameter() const override { return 28; }

  std::vector<std::span<float>> state() override { return {velocity_}; }

 private:
  /// 1 where a norm is zero: weights that start at zero could never move.
  double local_rate(double weight, double gradient, double decay) const {
    return weight > 0 && gradient > 0 ? trust_ * weight / (gradient + decay * weight) : 1;
  }

  float momentum_;
  double weight_decay_, trust_;
  bool scale_vectors_;
  std::vector<float> velocity_;  ///< laid out as the parameters
};

const Registration<Optimizer> registration{
    "lars", "momentum with a rate for each parameter that follows its norm, for large batches",
    describe(momentum_setting, weight_decay, trust, scale_vectors),
    [](const Settings& settings, const network::ParameterStore& parameters) {
      return std::make_unique<Lars>(settings, parameters);
    }};

}  // namespace
}  // namespace acrtc::train
