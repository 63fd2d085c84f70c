#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/dataset/dataset.hpp"

namespace acrtc::dataset {

/// One split of real-valued samples held in memory.
struct FeatureSplit {
  std::vector<float> values;         ///< [n, c, h, w]
  std::vector<std::int32_t> labels;  ///< [n]
};

/// Measured features, both splits held in memory; without augmentation.
class FeatureSamples : public Dataset {
 public:
  struct Content {
    SampleShape shape;
    std::int64_t classes = 0;
    FeatureSplit train, test;
  };
  explicit FeatureSamples(Content content);

  std::int64_t size(Split split) const override;
  SampleShape shape() const override { return content_.shape; }
  std::int64_t classes() const override { return content_.classes; }
  std::int64_t input_bytes() const override { return 4 * shape().elements(); }
  std::int32_t read(const SampleRequest& request, std::span<float> out) const override;

 private:
  const FeatureSplit& samples(Split split) const { return split == Split::train ? content_.train : content_.test; }

  Content content_;
};

/// Shifts and scales each of the `features` values that repeat along a sample to mean 0 and deviation 1 over the
/// training split, and the test split by the same numbers. A feature that never changes is only shifted.
void standardise(FeatureSamples::Content& content, std::int64_t features);

}  // namespace acrtc::dataset
