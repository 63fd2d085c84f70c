#pragma once

#include <functional>
#include <string>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/settings.hpp"
#include "acrtc/dataset/byte_images.hpp"
#include "acrtc/dataset/crop_flip.hpp"
#include "acrtc/dataset/image_crop.hpp"
#include "acrtc/dataset/normalizer.hpp"
#include "acrtc/dataset/stored_samples.hpp"

namespace acrtc::dataset {

/// Settings that several sources share. Inline, so that they are made before the registrations that describe them.
inline const Setting<std::int64_t> limit_train{"limit_train", 0, "first training samples to keep, 0 = all", 0};
inline const Setting<std::int64_t> limit_test{"limit_test", 0, "first test samples to keep, 0 = all", 0};
inline const Setting<std::int64_t> pad{
    "pad", 0, "training: pixels of padding on each side, out of which the image is cut at random", 0, 1024};
inline const Setting<bool> flip{"flip", false, "training: mirror every other image on average"};

CropFlip::Options crop_flip(const Settings& settings);

/// Settings of photographs in JPEG files.
inline const Setting<std::int64_t> crop_size{"size", 224, "rows and columns of a sample", 1, 4096};
inline const Setting<std::int64_t> resize{"resize", 256, "shorter side of a photograph before `size` is cut from it", 1,
                                          4096};
inline const Setting<std::string> train_crop{
    "crop",
    "random_resized",
    "training: a box of random area, aspect and place; a square at a random place; or the middle, as in tests",
    {},
    {},
    {},
    {"random_resized", "random", "centre"}};
inline const Setting<double> min_area{"min_area", 0.08, "least share of the area that a random_resized box has", 0.0001,
                                      1};
inline const Setting<std::string> on_corrupt{
    "on_corrupt",
    "skip",
    "a broken sample: count it and take the next readable one in its place, or end the run",
    {},
    {},
    {},
    {"skip", "fail"}};

ImageCrop::Options image_crop(const Settings& settings, const Setting<bool>& flip_setting);
OnCorrupt on_corrupt_of(const Settings& settings);

/// Mean and deviation of each channel, as settings whose fallbacks are a distribution's own.
struct ChannelSettings {
  Setting<std::vector<double>> mean, deviation;

  ChannelSettings(std::vector<double> mean_fallback, std::vector<double> deviation_fallback);
  /// Throws UserError where there is not one number for each of `channels` channels; a single one stands for all.
  Normalizer normalizer(const Settings& settings, std::int64_t channels) const;
};

/// Keeps the first `limit` samples of `elements` bytes; all where it is 0.
void keep_first(ByteSamples& samples, std::int64_t limit, std::int64_t elements);

/// Throws UserError naming the first class of 0 .. classes - 1 that no sample of the training split `from` is of. All
/// labels must be below `classes`; `label_of` takes them from the samples.
template <class Sample, class LabelOf = std::identity>
void require_every_class(const std::vector<Sample>& samples, std::int64_t classes, const std::string& from,
                         LabelOf label_of = {}) {
  std::vector<char> seen(static_cast<std::size_t>(classes));
  for (const Sample& sample : samples) seen[std::invoke(label_of, sample)] = 1;
  for (std::int64_t c = 0; c < classes; ++c)
    if (!seen[c])
      throw UserError("cannot train on '" + from + "'", "no training sample is of class " + std::to_string(c) +
                                                            " of 0 to " + std::to_string(classes - 1));
}

}  // namespace acrtc::dataset
