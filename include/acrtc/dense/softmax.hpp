#pragma once

#include <cstdint>
#include <memory>

#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

/// The logarithm of softmax over the last index of x[samples, classes]. Primitives are made on the first batch of a
/// size and kept. Not thread-safe; uses the engine's threads, results do not depend on their number.
class LogSoftmax {
 public:
  LogSoftmax(std::int64_t classes, Engine& engine);
  ~LogSoftmax();

  /// y = log softmax(x).
  void forward(std::int64_t samples, const float* x, float* y);
  /// dx = dy - exp(y) * sum of dy over classes; dx may be dy's memory.
  void backward(std::int64_t samples, const float* y, const float* dy, float* dx);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
