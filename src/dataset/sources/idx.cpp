#include "acrtc/dataset/idx.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../image_settings.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/dataset/byte_images.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/files.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t class_count = 10;

const Setting<std::string> train_images{"train_images", "train-images-idx3-ubyte", "images to train on, or their .gz"};
const Setting<std::string> train_labels{"train_labels", "train-labels-idx1-ubyte", "labels to train on, or their .gz"};
const Setting<std::string> test_images{"test_images", "t10k-images-idx3-ubyte", "images to test on, or their .gz"};
const Setting<std::string> test_labels{"test_labels", "t10k-labels-idx1-ubyte", "labels to test on, or their .gz"};

/// A set distributed in the IDX format: the keys whose defaults are its own, and how to get it.
struct Distribution {
  Setting<std::string> directory;
  Setting<double> mean, deviation;
  std::string suggestion;

  Schema schema() const {
    return describe(directory, train_images, train_labels, test_images, test_labels, mean, deviation, limit_train,
                    limit_test);
  }
};

Distribution distribution(std::string directory, double mean, double deviation, std::string suggestion) {
  return {.directory = {"directory", std::move(directory), "where the four files lie"},
          .mean = {"mean", mean, "mean of the training pixels on the scale 0 to 1", 0, 1},
          .deviation = {"std", deviation, "standard deviation of the training pixels", 1e-6, 1},
          .suggestion = std::move(suggestion)};
}

struct SplitFiles {
  std::filesystem::path images, labels;
};

SampleShape sample_shape(const IdxArray& images) {
  const auto& sizes = images.sizes;
  return sizes.size() == 4 ? SampleShape{sizes[1], sizes[2], sizes[3]} : SampleShape{1, sizes[1], sizes[2]};
}

void check_labels(const IdxArray& labels, const std::filesystem::path& path) {
  const auto bad = std::ranges::find_if(labels.values, [](std::uint8_t label) { return label >= class_count; });
  if (bad == labels.values.end()) return;
  throw UserError("cannot use '" + path.string() + "'",
                  "byte " + std::to_string(labels.byte_of(bad - labels.values.begin())) + ": label " +
                      std::to_string(*bad) + " is not below the number of classes, " + std::to_string(class_count));
}

void check_counts(const IdxArray& images, const IdxArray& labels, const SplitFiles& files) {
  if (images.sizes[0] == labels.sizes[0]) return;
  throw UserError("'" + files.images.string() + "' and '" + files.labels.string() + "' do not belong together",
                  std::to_string(images.sizes[0]) + " images, " + std::to_string(labels.sizes[0]) + " labels",
                  "did you mix training and test files?");
}

/// Reads one split, keeping its first `limit` samples, and tells the shape of one.
std::pair<ByteSamples, SampleShape> load(Split split, const SplitFiles& files, std::int64_t limit) {
  IdxArray images = read_idx(files.images, IdxContent::images);
  IdxArray labels = read_idx(files.labels, IdxContent::labels);
  check_counts(images, labels, files);
  check_labels(labels, files.labels);
  if (split == Split::train) require_every_class(labels.values, class_count, files.labels);
  const SampleShape shape = sample_shape(images);
  ByteSamples samples{std::move(images.values), std::move(labels.values)};
  keep_first(samples, limit, shape.elements());
  return {std::move(samples), shape};
}

std::unique_ptr<Dataset> make(const Distribution& from, const Settings& settings) {
  const auto path = [&](const Setting<std::string>& file) {
    return find_file(settings[from.directory], settings[file], from.suggestion);
  };
  const SplitFiles train_files{path(train_images), path(train_labels)};
  const SplitFiles test_files{path(test_images), path(test_labels)};
  auto [train, shape] = load(Split::train, train_files, settings[limit_train]);
  auto [test, test_shape] = load(Split::test, test_files, settings[limit_test]);
  if (test_shape != shape)
    throw UserError("'" + test_files.images.string() + "' does not go with '" + train_files.images.string() + "'",
                    "test images are " + to_string(test_shape) + ", training images " + to_string(shape));
  const std::vector<double> mean(static_cast<std::size_t>(shape.channels), settings[from.mean]);
  const std::vector<double> deviation(mean.size(), settings[from.deviation]);
  return std::make_unique<ByteImages>(ByteImages::Content{shape, class_count, std::move(train), std::move(test)},
                                      Normalizer(mean, deviation));
}

Dataset::Factory maker(const Distribution& from) {
  return [&from](const Settings& settings, std::uint64_t) { return make(from, settings); };
}

// Mean and deviation are those of the 60000 training images.
const Distribution fashion_mnist =
    distribution("/usr/share/datasets/fashion-mnist", 0.2860, 0.3530, "install dataset-fashion-mnist");
const Distribution mnist = distribution("data/mnist", 0.1307, 0.3081, "get the four files as data/README.md says");

const Registration<Dataset> fashion_registration{"fashion-mnist", "28x28 grey pictures of 10 kinds of clothing",
                                                 fashion_mnist.schema(), maker(fashion_mnist)};
const Registration<Dataset> mnist_registration{"mnist", "28x28 grey pictures of the 10 handwritten digits",
                                               mnist.schema(), maker(mnist)};

}  // namespace
}  // namespace acrtc::dataset
