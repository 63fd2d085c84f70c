#include <array>
#include <string>

#include "../file_bytes.hpp"
#include "acrtc/dataset/synth.hpp"

namespace acrtc::dataset {
namespace {

constexpr SampleShape shape{1, 28, 28};
constexpr std::int64_t classes = 10;

std::vector<std::uint8_t> idx_header(std::initializer_list<std::int64_t> sizes) {
  std::vector<std::uint8_t> bytes{0, 0, 0x08, static_cast<std::uint8_t>(sizes.size())};
  for (const std::int64_t size : sizes)
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(size >> shift));
  return bytes;
}

void write_split(const SynthRequest& request, const ClassImages& source, Split split, const std::string& prefix) {
  const std::int64_t samples = split == Split::train ? request.train_samples : request.test_samples;
  auto images = idx_header({samples, shape.height, shape.width}), labels = idx_header({samples});
  const std::size_t header = images.size();
  images.resize(header + samples * shape.elements());
  for (std::int64_t n = 0; n < samples; ++n) {
    source.draw(split, n, std::span(images).subspan(header + n * shape.elements(), shape.elements()));
    labels.push_back(static_cast<std::uint8_t>(n % classes));
  }
  write_file(request.out / (prefix + "-images-idx3-ubyte"), images);
  write_file(request.out / (prefix + "-labels-idx1-ubyte"), labels);
}

void write(const Settings&, const SynthRequest& request) {
  const auto source = class_images(request, shape, classes);
  write_split(request, *source, Split::train, "train");
  write_split(request, *source, Split::test, "t10k");
}

const Registration<SynthWriter> mnist{"mnist", "IDX files of 28x28 grey images", {}, write};
const Registration<SynthWriter> fashion{"fashion-mnist", "IDX files of 28x28 grey images", {}, write};

}  // namespace
}  // namespace acrtc::dataset
