#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/random.hpp"
#include "acrtc/base/tensor.hpp"
#include "acrtc/dataset/dataset.hpp"

namespace acrtc::dataset {

enum class Mirror { no, left_right };

/// How a padded image is cut back to its own size.
struct Placement {
  std::int64_t down = 0, right = 0;  ///< how far the image moves; what it leaves is filled with 0
  Mirror mirror = Mirror::no;
};

/// What training images may be varied by; test images stay as they are.
class CropFlip {
 public:
  struct Options {
    std::int64_t pad = 0;      ///< pixels on each side, out of which the original size is cut at random
    Mirror flip = Mirror::no;  ///< left_right: every other image on average is mirrored
  };
  CropFlip(Options options, std::uint64_t seed) : options_(options), random_(seed, RandomStream::augmentation) {}

  /// A function of seed, epoch and sample alone.
  Placement draw(const SampleRequest& request) const;

 private:
  Options options_;
  Random random_;
};

/// Writes `image` [c, h, w] placed anew to `out`.
void place(std::span<const float> image, const SampleShape& shape, const Placement& placement, std::span<float> out);

}  // namespace acrtc::dataset
