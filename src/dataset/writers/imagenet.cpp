#include <cstdio>
#include <filesystem>
#include <string>

#include "../file_bytes.hpp"
#include "../text_writer.hpp"
#include "acrtc/dataset/jpeg.hpp"
#include "acrtc/dataset/synth.hpp"

namespace acrtc::dataset {
namespace {

const Setting<std::int64_t> classes{"classes", 1000, "number of synsets", 1, 10000};
const Setting<std::int64_t> width{"width", 500, "columns of a photograph", 8, 8192};
const Setting<std::int64_t> height{"height", 375, "rows of a photograph", 8, 8192};
const Setting<std::int64_t> quality{"quality", 90, "JPEG quality", 1, 100};

/// Draws images and writes them as JPEG files.
class Photographer {
 public:
  Photographer(const Settings& settings, const SynthRequest& request)
      : shape_{3, settings[height], settings[width]},
        quality_(static_cast<int>(settings[quality])),
        source_(class_images(request, shape_, settings[classes])),
        planes_(static_cast<std::size_t>(shape_.elements())) {
    image_.size = {shape_.width, shape_.height};
    image_.pixels.resize(static_cast<std::size_t>(shape_.height * shape_.width * Image::pixel_bytes));
  }

  void write(Split split, std::int64_t n, const std::filesystem::path& path) {
    source_->draw(split, n, planes_);
    const std::int64_t pixels = shape_.height * shape_.width;
    for (std::int64_t i = 0; i < pixels; ++i)
      for (std::int64_t c = 0; c < 3; ++c) image_.pixels[Image::pixel_bytes * i + c] = planes_[c * pixels + i];
    write_file(path, encode_jpeg(image_, quality_));
  }

 private:
  SampleShape shape_;
  int quality_;
  std::unique_ptr<ClassImages> source_;
  std::vector<std::uint8_t> planes_;
  Image image_;
};

std::string synset(std::int64_t label) {
  char text[32];
  std::snprintf(text, sizeof text, "n%08lld", static_cast<long long>(label + 1));
  return text;
}

/// train/SYNSET/SYNSET_N.JPEG; val/ILSVRC2012_val_N.JPEG with their labels in val.txt.
void write(const Settings& settings, const SynthRequest& request) {
  namespace fs = std::filesystem;
  Photographer photographer(settings, request);
  for (std::int64_t c = 0; c < settings[classes]; ++c) fs::create_directories(request.out / "train" / synset(c));
  fs::create_directories(request.out / "val");
  for (std::int64_t n = 0; n < request.train_samples; ++n) {
    const std::string folder = synset(n % settings[classes]);
    photographer.write(Split::train, n, request.out / "train" / folder / (folder + "_" + std::to_string(n) + ".JPEG"));
  }
  TextWriter labels;
  for (std::int64_t n = 0; n < request.test_samples; ++n) {
    char name[40];
    std::snprintf(name, sizeof name, "ILSVRC2012_val_%08lld.JPEG", static_cast<long long>(n + 1));
    photographer.write(Split::test, n, request.out / "val" / name);
    labels.print("%s %d\n", name, static_cast<int>(n % settings[classes]));
  }
  labels.save(request.out / "val.txt");
}

const Registration<SynthWriter> registration{"imagenet", "JPEG files, a folder for each synset, and val.txt",
                                             describe(classes, width, height, quality), write};

}  // namespace
}  // namespace acrtc::dataset
