#include <algorithm>

#include "../momentum.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/train/optimizer.hpp"

namespace acrtc::train {
namespace {

const Setting<double> momentum_setting{"momentum", 0.9, "share of the last update that is carried on", 0, 1};
const Setting<std::string> momentum_schedule{.name = "momentum_schedule",
                                             .fallback = "constant",
                                             .help = "sutskever: momentum rises from 0.5, every 250 steps",
                                             .choices = {"constant", "sutskever"}};
const Setting<double> weight_decay{"weight_decay", 0.0, "weight of the squared norm of the weights (L2) in the loss", 0,
                                   1};
const Setting<bool> nesterov_setting{"nesterov", false, "look ahead along the momentum"};

/// min(1 - 2^(-1 - log2(floor(t / 250) + 1)), largest): Sutskever et al., ICML 2013, equation 5.
float sutskever_momentum(std::int64_t step, float largest) {
  return std::min(1 - 0.5F / static_cast<float>(step / 250 + 1), largest);
}

/// Stochastic gradient descent with momentum (Sutskever et al., ICML 2013), factors per parameter as in Caffe.
class Sgd : public Optimizer {
 public:
  Sgd(const Settings& settings, const network::ParameterStore& parameters)
      : momentum_(static_cast<float>(settings[momentum_setting])),
        weight_decay_(settings[weight_decay]),
        nesterov_(settings[nesterov_setting]),
        rising_(settings[momentum_schedule] == "sutskever"),
        velocity_(momentum_ > 0 ? parameters.size() : 0, 0.0F) {}

  void step(network::ParameterStore& parameters, const Update& update) override {
    const float momentum = rising_ ? sutskever_momentum(update.step, momentum_) : momentum_;
    for (const auto& parameter : parameters.list()) {
      if (!parameter.is_trained()) continue;
      const ElementStep step{static_cast<float>(update.learning_rate * parameter.learning_rate_factor),
                             static_cast<float>(weight_decay_ * parameter.weight_decay_factor), momentum};
      const Range moved = overlap(parameter.range(), update.elements);
      parallel_ranges(update.threads, moved.size(), update_grain, [&](std::int64_t begin, std::int64_t end) {
        move(step, parameters, {moved.begin + begin, moved.begin + end});
      });
    }
    parameters.touch();
  }

  bool is_elementwise() const override { return true; }

  /// FP32: gradient and weight read, weight written; with momentum its velocity read and written.
  double bytes_per_parameter() const override { return momentum_ > 0 ? 20 : 12; }

  std::vector<std::span<float>> state() override {
    if (velocity_.empty()) return {};
    return {velocity_};
  }

 private:
  void move(const ElementStep& step, network::ParameterStore& parameters, Range range) {
    const auto part = [&](std::span<float> all) { return all.subspan(range.begin, range.size()); };
    const auto g = part(parameters.gradients()), w = part(parameters.values());
    if (momentum_ == 0) return move_stateless(step, g, w);
    if (nesterov_) return move_nesterov(step, g, part(velocity_), w);
    move_plain(step, g, part(velocity_), w);
  }

  float momentum_;
  double weight_decay_;
  bool nesterov_, rising_;
  std::vector<float> velocity_;  ///< laid out as the parameters
};

const Registration<Optimizer> registration{
    "sgd", "stochastic gradient descent with momentum, weight decay and factors per parameter",
    describe(momentum_setting, momentum_schedule, weight_decay, nesterov_setting),
    [](const Settings& settings, const network::ParameterStore& parameters) {
      return std::make_unique<Sgd>(settings, parameters);
    }};

}  // namespace
}  // namespace acrtc::train
