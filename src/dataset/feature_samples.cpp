#include "acrtc/dataset/feature_samples.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {

FeatureSamples::FeatureSamples(Content content) : content_(std::move(content)) {
  for (const Split split : {Split::train, Split::test})
    require(samples(split).values.size() == samples(split).labels.size() * shape().elements(),
            "every sample has a label and the dataset's shape");
}

std::int64_t FeatureSamples::size(Split split) const { return std::ssize(samples(split).labels); }

std::int32_t FeatureSamples::read(const SampleRequest& request, std::span<float> out) const {
  const FeatureSplit& from = samples(request.split);
  require(request.index >= 0 && request.index < size(request.split), "the sample lies in its split");
  const std::int64_t elements = shape().elements();
  std::ranges::copy(std::span(from.values).subspan(request.index * elements, elements), out.begin());
  return from.labels[request.index];
}

void standardise(FeatureSamples::Content& content, std::int64_t features) {
  require(features >= 1 && content.shape.elements() % features == 0, "whole sets of features fill a sample");
  const auto& train = content.train.values;
  const auto count = static_cast<double>(train.size()) / static_cast<double>(features);
  std::vector<double> sum(features), squares(features);
  for (std::size_t i = 0; i < train.size(); ++i) sum[i % features] += train[i];
  for (double& s : sum) s /= count;
  for (std::size_t i = 0; i < train.size(); ++i) squares[i % features] += std::pow(train[i] - sum[i % features], 2);
  for (double& s : squares) s = s > 0 ? std::sqrt(s / count) : 1;
  for (auto* values : {&content.train.values, &content.test.values})
    for (std::size_t i = 0; i < values->size(); ++i)
      (*values)[i] = static_cast<float>(((*values)[i] - sum[i % features]) / squares[i % features]);
}

}  // namespace acrtc::dataset
