#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "acrtc/base/registry.hpp"
#include "acrtc/base/tensor.hpp"
#include "acrtc/dataset/dataset.hpp"

namespace acrtc::dataset {

/// What to make up.
struct SynthRequest {
  std::filesystem::path out;  ///< a folder, made by whoever asks
  std::int64_t train_samples = 0, test_samples = 0;
  std::uint64_t seed = 1;
  std::filesystem::path photos = {};  ///< folder to cut images from; empty: patterns
};

/// Writes data that have classes to learn in the file format of a distribution, so that its reader, and whatever it
/// feeds, can be run without it. One .cpp in src/dataset/writers with one Registration<SynthWriter> line each; a writer
/// has the name of the dataset that reads its files. Files are functions of settings and request alone.
struct SynthWriter {
  static constexpr const char* kind = "synthetic data set";
  /// Throws UserError where a file cannot be written or the photographs cannot be used.
  using Factory = std::function<void(const Settings&, const SynthRequest&)>;
};

/// Images of classes. Sample n of a split is of class n mod classes.
class ClassImages {
 public:
  virtual ~ClassImages() = default;
  /// Writes [c, h, w] bytes.
  virtual void draw(Split split, std::int64_t n, std::span<std::uint8_t> planes) const = 0;
};

/// Smooth random prototypes of the classes plus noise, or where the request names photographs, cuts from those: each
/// folder of JPEG files is a class, and so is each such file beside the folders. Where there are fewer than
/// `classes`, each photograph is divided into strips, a class a strip. One or three channels.
std::unique_ptr<ClassImages> class_images(const SynthRequest& request, const SampleShape& shape, std::int64_t classes);

}  // namespace acrtc::dataset
