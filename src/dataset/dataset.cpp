#include "acrtc/dataset/dataset.hpp"

#include <cstring>

namespace acrtc::dataset {

const char* name(Split split) { return split == Split::train ? "train" : "test"; }

std::int32_t Dataset::read_stored(Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const {
  std::vector<float> values(static_cast<std::size_t>(shape().elements()));
  const std::int32_t label = read({split, index, 0}, values);
  bytes.resize(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return label;
}

}  // namespace acrtc::dataset
