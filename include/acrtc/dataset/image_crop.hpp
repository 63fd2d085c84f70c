#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/base/random.hpp"
#include "acrtc/dataset/crop_flip.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/jpeg.hpp"
#include "acrtc/dataset/normalizer.hpp"

namespace acrtc::dataset {

/// A part of an image, in its pixels.
struct Box {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
};

enum class TrainCrop {
  random_resized,  ///< a box of random area, aspect and place (Szegedy et al., 2015, doi:10.1109/CVPR.2015.7298594)
  random,          ///< a square of the test crop's size at a random place (Krizhevsky et al., 2012)
  centre,          ///< the test crop
};

/// Which part of a photograph becomes a sample. Test samples: the square of `size` pixels in the middle of the image
/// whose shorter side was scaled to `resize`.
class ImageCrop {
 public:
  struct Options {
    std::int64_t size = 224, resize = 256;  ///< 1 <= size <= resize
    TrainCrop train = TrainCrop::random_resized;
    double min_area = 0.08;  ///< least share of the image's area that a random resized box has
    Mirror flip = Mirror::left_right;
  };
  struct Choice {
    Box box;
    Mirror mirror = Mirror::no;
  };
  ImageCrop(Options options, std::uint64_t seed) : options_(options), random_(seed, RandomStream::augmentation) {}

  const Options& options() const { return options_; }
  /// A function of seed, epoch and sample alone. The box lies in the image and holds at least one pixel.
  Choice choose(const ImageSize& image, const SampleRequest& request) const;

 private:
  Box random_resized(const ImageSize& image, const SampleRequest& request) const;

  Options options_;
  Random random_;
};

/// The largest of 8, 4, 2, 1 by which an image may be shrunk while `box` keeps at least `size` pixels each way.
int shrink_for(const Box& box, std::int64_t size);

/// Scales boxes of images to squares, bilinearly, and normalises them.
class BoxScaler {
 public:
  /// Three channels; see Normalizer.
  BoxScaler(std::int64_t size, const Normalizer& normalizer);

  /// `image` is the image shrunk from `original`, in whose pixels the box counts. Writes [3, size, size] to `out`.
  void scale(const Image& image, const ImageSize& original, const ImageCrop::Choice& choice,
             std::span<float> out) const;

 private:
  struct Tap;
  std::vector<Tap> taps(std::int64_t begin, std::int64_t length, std::int64_t shrunk, std::int64_t original) const;

  std::int64_t size_;
  float factor_[4] = {}, offset_[4] = {};
};

}  // namespace acrtc::dataset
