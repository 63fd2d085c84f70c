#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/network/network.hpp"

namespace acrtc::network {

/// Lists layers of a ready-made network one after the other.
class Builder {
 public:
  explicit Builder(std::string name) { spec_.name = std::move(name); }

  using Settings = std::vector<std::pair<const char*, Value::Data>>;

  Builder& add(std::string name, std::string kind, const Settings& settings = {}) {
    LayerSpec& layer = spec_.layers.emplace_back(LayerSpec{std::move(name), std::move(kind), {}, {}});
    for (const auto& [key, value] : settings) layer.settings.set(key, value);
    return *this;
  }

  NetworkSpec build() { return std::move(spec_); }

 private:
  NetworkSpec spec_;
};

/// A number of channels times a width multiplier, at least one.
inline std::int64_t scaled(std::int64_t channels, double width) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(channels) * width));
}

}  // namespace acrtc::network
