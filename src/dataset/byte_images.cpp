#include "acrtc/dataset/byte_images.hpp"

#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {

ByteImages::ByteImages(Content content, Normalizer normalizer)
    : content_(std::move(content)), normalizer_(std::move(normalizer)) {
  for (const Split split : {Split::train, Split::test})
    require(samples(split).images.size() == samples(split).labels.size() * shape().elements(),
            "every image has a label and the dataset's shape");
}

std::int64_t ByteImages::size(Split split) const { return static_cast<std::int64_t>(samples(split).labels.size()); }

std::int32_t ByteImages::read(const SampleRequest& request, std::span<float> out) const {
  const ByteSamples& from = samples(request.split);
  require(request.index >= 0 && request.index < size(request.split), "the sample lies in its split");
  const auto elements = static_cast<std::size_t>(shape().elements());
  normalizer_.planes(std::span(from.images).subspan(request.index * elements, elements), out);
  return from.labels[request.index];
}

}  // namespace acrtc::dataset
