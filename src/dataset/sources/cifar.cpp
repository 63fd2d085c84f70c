#include "acrtc/dataset/cifar.hpp"

#include <memory>
#include <string>
#include <utility>

#include "../image_settings.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/dataset/files.hpp"

namespace acrtc::dataset {
namespace {

const Setting<std::string> cifar10_directory{"directory", "data/cifar-10-batches-bin",
                                             "where data_batch_1.bin to data_batch_5.bin and test_batch.bin lie"};
const Setting<std::string> cifar100_directory{"directory", "data/cifar-100-binary", "where train.bin and test.bin lie"};
const Setting<std::string> labels{"labels",          "fine", "100 fine classes or 20 coarse ones", {}, {}, {},
                                  {"fine", "coarse"}};

// Means and deviations are those of each set's 50000 training images.
const ChannelSettings cifar10_channels({0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616});
const ChannelSettings cifar100_channels({0.5071, 0.4865, 0.4409}, {0.2673, 0.2564, 0.2762});

struct Files {
  std::filesystem::path directory;
  std::vector<std::string> train, test;
};

ByteSamples load(const Files& files, const std::vector<std::string>& names, const CifarRecord& record) {
  ByteSamples samples;
  for (const std::string& name : names)
    read_cifar(find_file(files.directory, name, "get the binary version as data/README.md says"), record, samples);
  return samples;
}

ByteImages::Content load(const Files& files, const CifarRecord& record, const Settings& settings) {
  ByteImages::Content content{cifar_shape, record.classes(), load(files, files.train, record),
                              load(files, files.test, record)};
  require_every_class(content.train.labels, record.classes(), files.directory);
  keep_first(content.train, settings[limit_train], cifar_shape.elements());
  keep_first(content.test, settings[limit_test], cifar_shape.elements());
  return content;
}

std::unique_ptr<Dataset> make_cifar10(const Settings& settings, std::uint64_t seed) {
  const Files files{
      settings[cifar10_directory],
      {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
      {"test_batch.bin"}};
  const CifarRecord record{.labels = {10}, .label = 0, .most = 10000};
  return std::make_unique<ByteImages>(load(files, record, settings),
                                      cifar10_channels.normalizer(settings, cifar_shape.channels),
                                      CropFlip(crop_flip(settings), seed));
}

std::unique_ptr<Dataset> make_cifar100(const Settings& settings, std::uint64_t seed) {
  const Files files{settings[cifar100_directory], {"train.bin"}, {"test.bin"}};
  const CifarRecord record{.labels = {20, 100}, .label = settings[labels] == "fine" ? 1U : 0U, .most = 50000};
  return std::make_unique<ByteImages>(load(files, record, settings),
                                      cifar100_channels.normalizer(settings, cifar_shape.channels),
                                      CropFlip(crop_flip(settings), seed));
}

const Registration<Dataset> cifar10{"cifar10", "32x32 colour photographs of 10 kinds of animals and vehicles",
                                    describe(cifar10_directory, limit_train, limit_test, pad, flip) +
                                        describe(cifar10_channels.mean, cifar10_channels.deviation),
                                    make_cifar10};
const Registration<Dataset> cifar100{"cifar100", "32x32 colour photographs of 100 kinds of things",
                                     describe(cifar100_directory, labels, limit_train, limit_test, pad, flip) +
                                         describe(cifar100_channels.mean, cifar100_channels.deviation),
                                     make_cifar100};

}  // namespace
}  // namespace acrtc::dataset
