#pragma once

#include <memory>
#include <span>

#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

enum class ActivationKind { relu, tanh, sigmoid };

/// An element-wise function and its derivative, which needs the function's result alone. Primitives are made on the
/// first call of a size and kept. Not thread-safe; uses the engine's threads, results do not depend on their number.
class Activation {
 public:
  Activation(ActivationKind kind, Engine& engine);
  ~Activation();

  /// y = f(x); sizes are equal, the same memory is allowed.
  void forward(std::span<const float> x, std::span<float> y);
  /// dx = f'(x) * dy, written in terms of y = f(x); dx may be dy's memory.
  void backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
