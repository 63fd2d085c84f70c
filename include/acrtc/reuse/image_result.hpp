#pragma once

#include <cstdint>
#include <span>

#include "acrtc/reuse/operand.hpp"
#include "acrtc/reuse/values.hpp"

namespace acrtc::reuse {

/// Channels of a tensor t[n, c, pixels] that one GEMM writes. Not owned.
struct ImageChannels {
  Values tensor;                   ///< all of it
  std::int64_t channels = 0;       ///< of a sample
  std::int64_t pixels = 1;         ///< of a channel
  std::int64_t first_channel = 0;  ///< that the GEMM writes

  /// Where a pixel of one of the GEMM's channels lies in the tensor.
  std::int64_t at(std::int64_t sample, std::int64_t channel, std::int64_t pixel) const {
    return (sample * channels + first_channel + channel) * pixels + pixel;
  }
};

/// What happens to C before it is rounded.
struct ImageEnding {
  std::span<const float> bias{};  ///< one a column of C, or empty; not owned
  Rectified rectified = Rectified::no;
};

/// Writes C[n * pixels x channels] into a tensor, rounded to the tensor's format.
class ImageResult : public Result {
 public:
  explicit ImageResult(const ImageChannels& to, const ImageEnding& ending = {}) : to_(to), ending_(ending) {}

  void store(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c) override;

 private:
  void store_turned(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c);

  ImageChannels to_;
  ImageEnding ending_;
};

}  // namespace acrtc::reuse
