#pragma once

#include <cstdint>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/lrn.hpp"

namespace acrtc::dense {

/// LRN across the channels of [n, c, h, w] tensors. oneDNN has it too, but goes back by its reference code, which takes
/// longer than all other layers of AlexNet together.
class ChannelLrn {
 public:
  explicit ChannelLrn(const LrnSpec& spec) : spec_(spec) {}

  void forward(std::int64_t samples, const float* x, float* y, int threads);
  void backward(std::int64_t samples, const float* x, const float* dy, float* dx, int threads) const;
  std::int64_t memory_bytes() const { return static_cast<std::int64_t>(bases_.size() * sizeof(float)); }

 private:
  LrnSpec spec_;
  AlignedBuffer<float> bases_;  ///< what forward() raised to -beta, [n, c, h, w]
};

}  // namespace acrtc::dense
