#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "../file_bytes.hpp"
#include "../image_settings.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/dataset/image_list.hpp"
#include "acrtc/dataset/stored_samples.hpp"

namespace acrtc::dataset {
namespace {

namespace fs = std::filesystem;

const Setting<std::string> directory{"directory", "data/imagenet", "where the folders of the two splits lie"};
const Setting<std::string> train_folder{"train", "train", "folder of the training images"};
const Setting<std::string> test_folder{"test", "val", "folder of the images to test on"};
const Setting<std::string> train_list{"train_list", "train.txt",
                                      "file of lines NAME LABEL; where there is none, folders are the classes"};
const Setting<std::string> test_list{"test_list", "val.txt", "likewise for the images to test on"};
const Setting<bool> mirrored{"flip", true, "training: mirror every other image on average"};

// The training set's means and deviations, as published networks use them.
const ChannelSettings channels({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});

/// A tree of files.
class ImageFiles : public SampleStorage {
 public:
  ImageFiles(ImageList train, ImageList test) : train_(std::move(train)), test_(std::move(test)) {
    classes_ = std::ranges::max(train_.labels()) + 1;
  }

  std::int64_t size(Split split) const override { return list(split).size(); }
  std::int64_t classes() const override { return classes_; }
  std::int32_t read(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override {
    read_file(list(split).path(index), bytes);
    return list(split).label(index);
  }
  std::string name(Split split, std::int64_t index) const override { return list(split).path(index).string(); }

 private:
  const ImageList& list(Split split) const { return split == Split::train ? train_ : test_; }

  ImageList train_, test_;
  std::int64_t classes_;
};

ImageList list_split(const fs::path& list, const fs::path& folder, const fs::path& train) {
  return fs::exists(list) ? read_image_list(list, folder) : list_folders(folder, class_folders(train));
}

void check_labels(const ImageList& train, const ImageList& test, const fs::path& from) {
  const std::int64_t classes = std::ranges::max(train.labels()) + 1;
  require_every_class(train.labels(), classes, from.string());
  for (std::int64_t i = 0; i < test.size(); ++i)
    if (test.label(i) >= classes)
      throw UserError("cannot test on '" + test.path(i).string() + "'",
                      "its label " + std::to_string(test.label(i)) +
                          " is not below the number of classes in training, " + std::to_string(classes));
}

std::unique_ptr<Dataset> make(const Settings& settings, std::uint64_t seed) {
  const fs::path root = settings[directory];
  const fs::path train_root = root / settings[train_folder], test_root = root / settings[test_folder];
  ImageList train = list_split(root / settings[train_list], train_root, train_root);
  ImageList test = list_split(root / settings[test_list], test_root, train_root);
  check_labels(train, test, root);
  return std::make_unique<StoredSamples>(
      std::make_unique<ImageFiles>(std::move(train), std::move(test)),
      jpeg_decoder(channels.normalizer(settings, 3), ImageCrop(image_crop(settings, mirrored), seed)),
      on_corrupt_of(settings));
}

const Registration<Dataset> registration{
    "imagenet", "photographs in JPEG files, a folder for each class or a list of files and labels",
    describe(directory, train_folder, test_folder, train_list, test_list, crop_size, resize, train_crop, min_area,
             mirrored, channels.mean, channels.deviation, on_corrupt),
    make};

}  // namespace
}  // namespace acrtc::dataset
