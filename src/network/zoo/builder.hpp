#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/network/network.hpp"

namespace acrtc::network {

/// Lists layers of a ready-made network one after the other. A layer takes its input from the one before, but for
/// those that name theirs.
class Builder {
 public:
  explicit Builder(std::string name) { spec_.name = std::move(name); }

  using Settings = std::vector<std::pair<const char*, Value::Data>>;

  using Inputs = std::vector<std::string>;

  Builder& add(std::string name, std::string kind, const Settings& settings = {}, Inputs inputs = {}) {
    LayerSpec& layer = spec_.layers.emplace_back(LayerSpec{std::move(name), std::move(kind), std::move(inputs), {}});
    for (const auto& [key, value] : settings) layer.settings.set(key, value);
    return *this;
  }

  /// The name of the layer added last.
  const std::string& last() const { return spec_.layers.back().name; }

  NetworkSpec build() { return std::move(spec_); }

 private:
  NetworkSpec spec_;
};

/// Every ready-made network can be made thinner or wider.
inline const Setting<double> width{"width", 1, "multiplies the channels or units of every hidden layer", 0.01, 100};

/// Settings of a square window.
inline Builder::Settings window(std::int64_t kernel, std::int64_t stride, std::int64_t pad = 0) {
  return {{"kernel", kernel}, {"stride", stride}, {"pad", pad}};
}

inline Builder::Settings operator+(Builder::Settings a, const Builder::Settings& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// What the networks of Caffe's model zoo have in common: biases learn twice as fast and do not decay.
inline Builder::Settings caffe_bias(double start) {
  return {{"bias_value", start}, {"bias_learning_rate_factor", 2.0}, {"bias_weight_decay_factor", 0.0}};
}

/// A pool of Caffe, whose last windows may reach past the border.
inline Builder::Settings caffe_pool(std::int64_t kernel, std::int64_t stride) {
  return window(kernel, stride) + Builder::Settings{{"round", std::string("ceil")}};
}

/// Weights that start normal.
inline Builder::Settings normal(double deviation) {
  return {{"initializer", std::string("normal")}, {"initializer_scale", deviation}};
}

/// A number of channels times a width multiplier, at least one.
inline std::int64_t scaled(std::int64_t channels, double width) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(channels) * width));
}

}  // namespace acrtc::network
