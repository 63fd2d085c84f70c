#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "acrtc/dataset/crop_flip.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/normalizer.hpp"

namespace acrtc::dataset {

/// One split held in memory.
struct ByteSamples {
  std::vector<std::uint8_t> images;  ///< [n, c, h, w]
  std::vector<std::uint8_t> labels;  ///< [n], each checked by the reader to be below the number of classes
};

/// Images of one byte per value, both splits held in memory; normalised, then varied, on reading.
class ByteImages : public Dataset {
 public:
  struct Content {
    SampleShape shape;
    std::int64_t classes = 0;
    ByteSamples train, test;
  };
  ByteImages(Content content, Normalizer normalizer, std::optional<CropFlip> variation = {});

  std::int64_t size(Split split) const override;
  SampleShape shape() const override { return content_.shape; }
  std::int64_t classes() const override { return content_.classes; }
  std::int32_t read(const SampleRequest& request, std::span<float> out) const override;
  StoredFormat stored_format() const override;
  std::int32_t read_stored(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override;

 private:
  const ByteSamples& samples(Split split) const { return split == Split::train ? content_.train : content_.test; }

  std::span<const std::uint8_t> image(Split split, std::int64_t index) const;

  Content content_;
  Normalizer normalizer_;
  std::optional<CropFlip> variation_;
};

}  // namespace acrtc::dataset
