#pragma once

#include <cstdint>

#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/lrn.hpp"

namespace acrtc::dense {

/// Pixels of a channel that are worked on before the next channel: far apart as channels lie, each visit must pay. More
/// than any vector holds.
inline constexpr std::int64_t channel_lrn_strip = 256;

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
