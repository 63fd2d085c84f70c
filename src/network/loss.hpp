#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/softmax.hpp"
#include "acrtc/network/network.hpp"

namespace acrtc::network {

/// Softmax cross-entropy against labels smoothed by a uniform distribution: the target of class c is
/// (1 - smoothing) [c = label] + smoothing / classes. Sums are taken in double, in the order of the samples.
class CrossEntropy {
 public:
  CrossEntropy(std::int64_t classes, double smoothing, dense::Engine& engine);

  /// logits[n, classes]. Throws UserError for a label outside the classes.
  LossSum forward(const Tensor& logits, std::span<const std::int32_t> labels);
  /// The gradient of the last forward()'s mean loss, times `scale`.
  void backward(std::span<const std::int32_t> labels, float scale, Tensor& d_logits);

 private:
  void check(std::span<const std::int32_t> labels) const;

  std::int64_t classes_;
  double smoothing_;
  dense::LogSoftmax softmax_;
  Tensor log_probability_;
};

}  // namespace acrtc::network
