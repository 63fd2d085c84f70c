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

  /// Neighbouring pixels of one of the GEMM's channels, or, of one-pixel images, neighbouring channels.
  Values part(std::int64_t sample, std::int64_t channel, std::int64_t pixel, std::int64_t length) const {
    return tensor.part((sample * channels + first_channel + channel) * pixels + pixel, length);
  }
};

/// Writes C[n * pixels x channels] into a tensor, adding a bias, perhaps taking max(0, x), and rounding to the tensor's
/// format.
class ImageResult : public Result {
 public:
  /// `bias`: one a column of C, or empty; not owned.
  explicit ImageResult(const ImageChannels& to, std::span<const float> bias = {}, Rectified rectified = Rectified::no)
      : to_(to), bias_(bias), rectified_(rectified) {}

  void store(std::int64_t slab, Range rows, Major major, MatrixView<const float> c) override;

 private:
  void store_samples(Range rows, MatrixView<const float> c) const;

  ImageChannels to_;
  std::span<const float> bias_;
  Rectified rectified_;
};

}  // namespace acrtc::reuse
