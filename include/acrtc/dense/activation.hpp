#pragma once

#include <cstdint>
#include <memory>

#include "acrtc/dense/element.hpp"
#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

enum class ActivationKind { relu, tanh, sigmoid };

/// An element-wise function and its derivative, which needs the function's result alone. Primitives are made on the
/// first call of a size and kept. Not thread-safe; uses the engine's threads, results do not depend on their number.
class Activation {
 public:
  Activation(ActivationKind kind, Element element, Engine& engine);
  ~Activation();

  /// y = f(x), `size` elements; the same memory is allowed.
  void forward(std::int64_t size, const void* x, void* y);
  /// dx = f'(x) * dy, written in terms of y = f(x); dx may be dy's memory.
  void backward(std::int64_t size, const void* y, const void* dy, void* dx);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
