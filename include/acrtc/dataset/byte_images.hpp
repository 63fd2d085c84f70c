#pragma once

#include <cstdint>
#include <vector>

#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/normalizer.hpp"

namespace acrtc::dataset {

/// One split held in memory.
struct ByteSamples {
  std::vector<std::uint8_t> images;  ///< [n, c, h, w]
  std::vector<std::uint8_t> labels;  ///< [n], each checked by the reader to be below the number of classes
};

/// Images of one byte per value, both splits held in memory and normalised on reading; without augmentation.
class ByteImages : public Dataset {
 public:
  struct Content {
    SampleShape shape;
    std::int64_t classes = 0;
    ByteSamples train, test;
  };
  ByteImages(Content content, Normalizer normalizer);

  std::int64_t size(Split split) const override;
  SampleShape shape() const override { return content_.shape; }
  std::int64_t classes() const override { return content_.classes; }
  std::int32_t read(const SampleRequest& request, std::span<float> out) const override;

 private:
  const ByteSamples& samples(Split split) const { return split == Split::train ? content_.train : content_.test; }

  Content content_;
  Normalizer normalizer_;
};

}  // namespace acrtc::dataset
