#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "acrtc/base/registry.hpp"
#include "acrtc/network/parameters.hpp"

namespace acrtc::train {

/// What changes from step to step.
struct Update {
  std::int64_t step = 0;  ///< of the run
  double learning_rate = 0;
  int threads = 1;  ///< never changes bits
  /// Of the flat arrays, those to be moved. All, unless the optimizer is elementwise; a step may then come in parts.
  Range elements{0, std::numeric_limits<std::int64_t>::max()};
};

/// Moves weights along gradients. One .cpp in src/train/optimizers with one Registration<Optimizer> line.
class Optimizer {
 public:
  static constexpr const char* kind = "optimizer";
  using Factory = std::function<std::unique_ptr<Optimizer>(const Settings&, const network::ParameterStore&)>;

  virtual ~Optimizer() = default;

  /// One step on the mean gradient in `parameters.gradients()`, in place on the values of all trained parameters, as
  /// far as they lie in `update.elements`.
  virtual void step(network::ParameterStore& parameters, const Update& update) = 0;
  /// Whether an element moves by its own gradient, weight and state alone. Then step() is called for parts of the
  /// parameters, several times a step and not for all of them on every rank: what counts steps is `update.step`, and
  /// gradients elsewhere are not the mean.
  virtual bool is_elementwise() const = 0;
  /// Bytes that an accelerator moves for one parameter in one step: weights, gradients, state.
  virtual double bytes_per_parameter() const = 0;
  /// Flat arrays of state, each as long as the parameters: part of a checkpoint. Up to date where step() has moved
  /// elements.
  virtual std::vector<std::span<float>> state() = 0;
};

}  // namespace acrtc::train
