#include <algorithm>
#include <cmath>

#include "../recurrent_layer.hpp"

namespace acrtc::network {
namespace {

const Setting<double> forget_bias{"forget_bias", 1.0, "added to what the forget gate sums up", -100, 100};

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

/// One unit's quarters of a gate row [input | forget | candidate | output].
struct Gates {
  float &input, &forget, &candidate, &output;

  Gates(std::span<float> row, std::size_t unit)
      : input(row[unit]),
        forget(row[row.size() / 4 + unit]),
        candidate(row[row.size() / 2 + unit]),
        output(row[row.size() / 4 * 3 + unit]) {}
};

/// Hochreiter & Schmidhuber, Neural Computation 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers et
/// al., Neural Computation 2000, doi:10.1162/089976600300015015, and no peepholes.
class Lstm : public RecurrentLayer {
 public:
  Lstm(const Settings& settings, const LayerContext& context)
      : RecurrentLayer(settings, context), forget_bias_(static_cast<float>(settings[forget_bias])) {
    add_module(whole_module(4 * units()), context);
  }

 protected:
  void begin(std::int64_t samples) override { cells_.resize(samples, {steps(), 1, units()}); }

  /// Leaves the gates, after their activations, where their sums were.
  void move(std::int64_t sample, std::int64_t step, std::span<const float>, std::span<float> after) override {
    const std::span<float> row = modules().front().z(sample, step);
    const std::span<float> now = cell(sample, step);
    for (std::size_t u = 0; u < after.size(); ++u) {
      const Gates gate(row, u);
      gate.input = sigmoid(gate.input);
      gate.forget = sigmoid(gate.forget + forget_bias_);
      gate.candidate = std::tanh(gate.candidate);
      gate.output = sigmoid(gate.output);
      const float before = step > 0 ? cell(sample, step - 1)[u] : 0.0F;
      now[u] = gate.forget * before + gate.input * gate.candidate;
      after[u] = gate.output * std::tanh(now[u]);
    }
  }

  void begin_back(std::int64_t samples) override {
    d_cell_.resize(samples, {units()});
    d_cell_.fill(0);
    d_gates_.resize(samples, {4 * units()});
  }

  void move_back(std::int64_t sample, std::int64_t step, std::span<float> d_state) override {
    const std::span<float> row = modules().front().z(sample, step), d_row = d_gates_.sample(sample);
    const std::span<float> now = cell(sample, step), d_cell = d_cell_.sample(sample);
    for (std::size_t u = 0; u < d_state.size(); ++u) {
      const Gates gate(row, u), gradient(d_row, u);
      const float squashed = std::tanh(now[u]), before = step > 0 ? cell(sample, step - 1)[u] : 0.0F;
      d_cell[u] += d_state[u] * gate.output * (1 - squashed * squashed);
      gradient.input = d_cell[u] * gate.candidate * gate.input * (1 - gate.input);
      gradient.forget = d_cell[u] * before * gate.forget * (1 - gate.forget);
      gradient.candidate = d_cell[u] * gate.input * (1 - gate.candidate * gate.candidate);
      gradient.output = d_state[u] * squashed * gate.output * (1 - gate.output);
      d_cell[u] *= gate.forget;
      d_state[u] = 0;
    }
    modules().front().set_gradient(sample, step, d_row);
  }

 private:
  std::span<float> cell(std::int64_t sample, std::int64_t step) {
    return cells_.sample(sample).subspan(static_cast<std::size_t>(step * units()), static_cast<std::size_t>(units()));
  }

  float forget_bias_;
  Tensor cells_;  ///< after each step
  Tensor d_cell_, d_gates_;
};

const Registration<Layer> registration{
    "lstm", "long short-term memory with a forget gate; gates [input, forget, candidate, output]",
    RecurrentLayer::schema() + describe(forget_bias),
    [](const Settings& settings, const LayerContext& context) { return std::make_unique<Lstm>(settings, context); }};

}  // namespace
}  // namespace acrtc::network
