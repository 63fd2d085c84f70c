#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "../image_settings.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/dataset/pack.hpp"

namespace acrtc::dataset {
namespace {

const Setting<std::string> directory{"directory", "data/shards",
                                     "where train-000000.tar, ..., test-000000.tar, ... lie"};
const Setting<std::string> file{"file", "data/pack/pack.h5", "the pack that acrtc pack wrote"};
const Setting<std::int64_t> run{
    "run", 16, "samples in sequence that the order of an epoch moves as one, so that reading is sequential", 1, 65536};
const Setting<std::vector<double>> mean{
    "mean", {}, "mean of the training pixels on the scale 0 to 1, one for each channel; empty = as packed", 0, 1};
const Setting<std::vector<double>> deviation{"std", {}, "standard deviation of the training pixels, likewise", 1e-6, 1};

/// Stored samples whose neighbours are read together.
class PackedSamples : public StoredSamples {
 public:
  PackedSamples(std::unique_ptr<SampleStorage> storage, std::unique_ptr<SampleDecoder> decoder,
                const Settings& settings)
      : StoredSamples(std::move(storage), std::move(decoder), on_corrupt_of(settings)), run_(settings[run]) {}
  std::int64_t run_length() const override { return run_; }

 private:
  std::int64_t run_;
};

std::unique_ptr<SampleDecoder> decoder_for(StoredFormat format, const Settings& settings, std::uint64_t seed) {
  if (format.encoding == Encoding::f32) return tensor_decoder(format, CropFlip({}, seed));
  if (!settings[mean].empty()) format.mean = settings[mean];
  if (!settings[deviation].empty()) format.deviation = settings[deviation];
  const std::int64_t expected = format.encoding == Encoding::jpeg ? 3 : format.shape.channels;
  if (std::ssize(format.mean) != expected || std::ssize(format.deviation) != expected)
    settings.reject("mean", "or std does not have a number for each of the " + std::to_string(expected) + " channels");
  if (format.encoding == Encoding::u8) return tensor_decoder(format, CropFlip(crop_flip(settings), seed));
  return jpeg_decoder(Normalizer(format.mean, format.deviation), ImageCrop(image_crop(settings, flip), seed));
}

std::unique_ptr<Dataset> make(Pack pack, const Settings& settings, std::uint64_t seed) {
  auto decoder = decoder_for(std::move(pack.facts.format), settings, seed);
  return std::make_unique<PackedSamples>(std::move(pack.storage), std::move(decoder), settings);
}

const Schema shared = describe(run, on_corrupt, mean, deviation, flip, pad, crop_size, resize, train_crop, min_area);

const Registration<Dataset> shards{"shards", "samples in tar shards, as acrtc pack and WebDataset write them",
                                   describe(directory) + shared, [](const Settings& settings, std::uint64_t seed) {
                                     return make(open_tar_pack(settings[directory]), settings, seed);
                                   }};
const Registration<Dataset> hdf5{
    "hdf5", "samples in one HDF5 file, as acrtc pack writes it", describe(file) + shared,
    [](const Settings& settings, std::uint64_t seed) { return make(open_hdf5_pack(settings[file]), settings, seed); }};

}  // namespace
}  // namespace acrtc::dataset
