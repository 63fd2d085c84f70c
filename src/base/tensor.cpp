#include "acrtc/base/tensor.hpp"

#include <algorithm>

namespace acrtc {

std::string to_string(const SampleShape& shape) {
  return std::to_string(shape.channels) + "x" + std::to_string(shape.height) + "x" + std::to_string(shape.width);
}

Tensor::Tensor(std::int64_t samples, SampleShape shape) {
  resize(samples, shape);
  fill(0);
}

std::span<float> Tensor::sample(std::int64_t n) {
  const auto size = static_cast<std::size_t>(shape_.elements());
  return {data() + n * shape_.elements(), size};
}

std::span<const float> Tensor::sample(std::int64_t n) const {
  const auto size = static_cast<std::size_t>(shape_.elements());
  return {data() + n * shape_.elements(), size};
}

void Tensor::resize(std::int64_t samples, SampleShape shape) {
  samples_ = samples;
  shape_ = shape;
  data_.reserve(static_cast<std::size_t>(elements()));
}

void Tensor::fill(float value) { std::fill_n(data(), elements(), value); }

}  // namespace acrtc
