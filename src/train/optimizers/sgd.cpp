#include <algorithm>

#include "acrtc/base/parallel.hpp"
#include "acrtc/train/optimizer.hpp"

namespace acrtc::train {
namespace {

const Setting<double> momentum_setting{"momentum", 0.9, "share of the last update that is carried on", 0, 1};
const Setting<double> weight_decay{"weight_decay", 0.0, "weight of the squared norm of the weights (L2) in the loss", 0,
                                   1};
const Setting<bool> nesterov_setting{"nesterov", false, "look ahead along the momentum"};

// Elements a thread takes at a time: a few pages, so that small parameters stay on one thread.
constexpr std::int64_t grain = 16384;

/// What is the same for all elements of one parameter.
struct Step {
  float rate, decay, momentum;
};

/// v = momentum v + rate (g + decay w); w -= v. As in Caffe, the rate is part of the momentum, so that a drop of the
/// rate does not rescale what is under way.
void move_plain(const Step& step, std::span<const float> g, std::span<float> v, std::span<float> w) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    v[i] = step.momentum * v[i] + step.rate * (g[i] + step.decay * w[i]);
    w[i] -= v[i];
  }
}

/// As above, but w moves by (1 + momentum) v - momentum v_before: the gradient as if seen from where v leads.
void move_nesterov(const Step& step, std::span<const float> g, std::span<float> v, std::span<float> w) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    const float before = v[i];
    v[i] = step.momentum * before + step.rate * (g[i] + step.decay * w[i]);
    w[i] -= (1 + step.momentum) * v[i] - step.momentum * before;
  }
}

/// Without momentum there is no state to read or write.
void move_stateless(const Step& step, std::span<const float> g, std::span<float> w) {
  for (std::size_t i = 0; i < w.size(); ++i) w[i] -= step.rate * (g[i] + step.decay * w[i]);
}

/// Stochastic gradient descent with momentum (Sutskever et al., ICML 2013), factors per parameter as in Caffe.
class Sgd : public Optimizer {
 public:
  Sgd(const Settings& settings, const network::ParameterStore& parameters)
      : momentum_(static_cast<float>(settings[momentum_setting])),
        weight_decay_(settings[weight_decay]),
        nesterov_(settings[nesterov_setting]),
        velocity_(momentum_ > 0 ? parameters.size() : 0, 0.0F) {}

  void step(network::ParameterStore& parameters, double learning_rate, int threads) override {
    for (const auto& parameter : parameters.list()) {
      const Step step{static_cast<float>(learning_rate * parameter.learning_rate_factor),
                      static_cast<float>(weight_decay_ * parameter.weight_decay_factor), momentum_};
      parallel_ranges(threads, parameter.size, grain, [&](std::int64_t begin, std::int64_t end) {
        move(step, parameters, {parameter.offset + begin, parameter.offset + end});
      });
    }
    parameters.touch();
  }

  /// FP32: gradient and weight read, weight written; with momentum its velocity read and written.
  double bytes_per_parameter() const override { return momentum_ > 0 ? 20 : 12; }

  std::vector<std::span<float>> state() override {
    if (velocity_.empty()) return {};
    return {velocity_};
  }

 private:
  void move(const Step& step, network::ParameterStore& parameters, Range range) {
    const auto part = [&](std::span<float> all) { return all.subspan(range.begin, range.size()); };
    const auto g = part(parameters.gradients()), w = part(parameters.values());
    if (momentum_ == 0) return move_stateless(step, g, w);
    if (nesterov_) return move_nesterov(step, g, part(velocity_), w);
    move_plain(step, g, part(velocity_), w);
  }

  float momentum_;
  double weight_decay_;
  bool nesterov_;
  std::vector<float> velocity_;  ///< laid out as the parameters
};

const Registration<Optimizer> registration{
    "sgd", "stochastic gradient descent with momentum, weight decay and factors per parameter",
    describe(momentum_setting, weight_decay, nesterov_setting),
    [](const Settings& settings, const network::ParameterStore& parameters) {
      return std::make_unique<Sgd>(settings, parameters);
    }};

}  // namespace
}  // namespace acrtc::train
