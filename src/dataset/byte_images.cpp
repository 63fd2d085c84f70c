#include "acrtc/dataset/byte_images.hpp"

#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {

ByteImages::ByteImages(Content content, Normalizer normalizer, std::optional<CropFlip> variation)
    : content_(std::move(content)), normalizer_(std::move(normalizer)), variation_(std::move(variation)) {
  for (const Split split : {Split::train, Split::test})
    require(samples(split).images.size() == samples(split).labels.size() * shape().elements(),
            "every image has a label and the dataset's shape");
}

std::int64_t ByteImages::size(Split split) const { return static_cast<std::int64_t>(samples(split).labels.size()); }

std::span<const std::uint8_t> ByteImages::image(Split split, std::int64_t index) const {
  require(index >= 0 && index < size(split), "the sample lies in its split");
  const auto elements = static_cast<std::size_t>(shape().elements());
  return std::span(samples(split).images).subspan(index * elements, elements);
}

std::int32_t ByteImages::read(const SampleRequest& request, std::span<float> out) const {
  const auto bytes = image(request.split, request.index);
  if (variation_ && request.split == Split::train) {
    std::vector<float> normalised(bytes.size());
    normalizer_.planes(bytes, normalised);
    place(normalised, shape(), variation_->draw(request), out);
  } else {
    normalizer_.planes(bytes, out);
  }
  return samples(request.split).labels[request.index];
}

StoredFormat ByteImages::stored_format() const {
  return {Encoding::u8, shape(), normalizer_.mean(), normalizer_.deviation()};
}

std::int32_t ByteImages::read_stored(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const {
  const auto stored = image(split, index);
  bytes.assign(stored.begin(), stored.end());
  return samples(split).labels[index];
}

}  // namespace acrtc::dataset
