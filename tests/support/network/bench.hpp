#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "acrtc/network/network.hpp"

namespace acrtc::test {

inline std::unique_ptr<reuse::Scheme> make_scheme(const std::string& name) {
  const auto& entry = Registry<reuse::Scheme>::instance().find(name);
  return entry.make(Settings(name, {}, entry.schema));
}

template <class T>
void set(Table& table, const char* key, T value) {
  table.set(key, Value(Value::Data(value)));
}

inline Table table(std::initializer_list<std::pair<const char*, Value::Data>> entries) {
  Table table;
  for (const auto& [key, value] : entries) table.set(key, Value(value));
  return table;
}

inline std::int64_t operator""_i(unsigned long long value) { return static_cast<std::int64_t>(value); }

/// Values at least 0.05 apart and 0.025 from zero, in random order: differences of 0.01 cross no kink.
inline void spread(std::span<float> values, std::mt19937& random) {
  const auto size = static_cast<float>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.05F * (static_cast<float>(i) + 0.5F - size / 2);
  std::ranges::shuffle(values, random);
}

inline void normal(std::span<float> values, std::mt19937& random) {
  std::normal_distribution<float> draw;
  for (float& value : values) value = draw(random);
}

inline bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

/// The numbers of a tensor that stores FP32.
inline std::span<float> fp32(network::Activations& tensor) {
  return {tensor.values().as<float>(), static_cast<std::size_t>(tensor.f32() ? tensor.elements() : 0)};
}

/// Those of one sample.
inline std::span<float> fp32(network::Activations& tensor, std::int64_t sample) {
  const auto size = static_cast<std::size_t>(tensor.shape().elements());
  return fp32(tensor).subspan(static_cast<std::size_t>(sample) * size, size);
}

/// A copy of the numbers of any tensor.
inline std::vector<float> numbers(const network::Activations& tensor) {
  std::vector<float> all(static_cast<std::size_t>(tensor.elements()));
  reuse::widen(tensor.values(), all.data());
  return all;
}

inline void fill(network::Activations& tensor, float value) {
  reuse::round_into(std::vector<float>(static_cast<std::size_t>(tensor.elements()), value).data(), tensor.values());
}

/// What a layer or network runs with.
struct Setup {
  std::string scheme = "dense";
  reuse::Format format = reuse::Format::fp32;
  reuse::ColumnOrder order = reuse::ColumnOrder::ckhkw;
  network::WeightGradientOperand compared = network::WeightGradientOperand::x;
  int threads = 1;
};

/// An engine with a scheme and a runner of GEMMs.
struct Machine {
  explicit Machine(const Setup& setup = {})
      : engine(setup.threads),
        scheme(make_scheme(setup.scheme)),
        gemms(*scheme, {setup.format, setup.order, setup.compared}, engine) {}

  dense::Engine engine;
  std::unique_ptr<reuse::Scheme> scheme;
  network::GemmRunner gemms;
};

/// One layer by itself with random inputs and a random gradient of its output.
struct Bench : Machine {
  Bench(const std::string& kind, const Table& settings, std::vector<SampleShape> shapes, const Setup& setup = {},
        std::int64_t samples = 3)
      : Machine(setup), out(setup.format), d_out(setup.format) {
    std::mt19937 random(7);
    const auto& entry = Registry<network::Layer>::instance().find(kind);
    layer = entry.make(Settings("layer", settings, entry.schema),
                       {"layer", shapes, samples, true, 11, engine, gemms, parameters});
    parameters.finish(3);
    for (const SampleShape& shape : shapes) {
      std::vector<float> x(static_cast<std::size_t>(samples * shape.elements()));
      spread(x, random);
      reuse::round_into(x.data(), in.emplace_back(setup.format, samples, shape).values());
      d_in.emplace_back(setup.format, samples, shape);
    }
    out.resize(samples, layer->output_shape());
    d_out.resize(samples, layer->output_shape());
    std::vector<float> dy(static_cast<std::size_t>(d_out.elements()));
    normal(dy, random);
    reuse::round_into(dy.data(), d_out.values());
    for (std::int64_t n = 0; n < samples; ++n) ids.push_back(static_cast<std::uint32_t>(100 + n));
    gemms.begin_pass(0);
  }

  network::PassContext pass() const { return {.step = 5, .sample_ids = ids}; }

  void forward() { layer->forward(pass(), inputs(), out); }

  void backward() {
    std::vector<network::Activations*> gradients;
    for (network::Activations& gradient : d_in) gradients.push_back(&gradient);
    layer->backward(pass(), inputs(), out, d_out, gradients);
  }

  std::vector<const network::Activations*> inputs() const {
    std::vector<const network::Activations*> tensors;
    for (const network::Activations& tensor : in) tensors.push_back(&tensor);
    return tensors;
  }

  network::ParameterStore parameters;
  std::unique_ptr<network::Layer> layer;
  std::vector<network::Activations> in, d_in;
  network::Activations out, d_out;
  std::vector<std::uint32_t> ids;
};

inline network::NetworkSpec zoo(const std::string& name, SampleShape input, std::int64_t classes,
                                const Table& settings = {}) {
  const auto& entry = Registry<network::Zoo>::instance().find(name);
  return entry.make(Settings("network", settings, entry.schema), input, classes);
}

/// A batch of normal images with labels in turn.
struct Batch {
  Batch(std::int64_t samples, SampleShape shape, std::int64_t classes) : images(samples, shape) {
    std::mt19937 random(31);
    normal(images.values(), random);
    for (std::int64_t n = 0; n < samples; ++n) {
      labels.push_back(static_cast<std::int32_t>(n * 7 % classes));
      ids.push_back(static_cast<std::uint32_t>(n));
    }
  }
  network::PassContext pass(network::Mode mode = network::Mode::training) const {
    return {.mode = mode, .sample_ids = ids};
  }

  Tensor images;
  std::vector<std::int32_t> labels;
  std::vector<std::uint32_t> ids;
};

}  // namespace acrtc::test
