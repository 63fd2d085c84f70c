#include "acrtc/dataset/normalizer.hpp"

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {

Normalizer::Normalizer(std::span<const double> mean, std::span<const double> deviation)
    : mean_(mean.begin(), mean.end()), deviation_(deviation.begin(), deviation.end()), tables_(mean.size()) {
  require(!mean.empty() && mean.size() == deviation.size(), "each channel has a mean and a deviation");
  for (std::size_t c = 0; c < tables_.size(); ++c) {
    require(deviation[c] > 0, "a deviation is positive");
    for (int byte = 0; byte < 256; ++byte)
      tables_[c][byte] = static_cast<float>((byte / 255.0 - mean[c]) / deviation[c]);
  }
}

void Normalizer::planes(std::span<const std::uint8_t> bytes, std::span<float> out) const {
  require(bytes.size() == out.size() && bytes.size() % tables_.size() == 0, "planes of the channels fill the sample");
  const std::size_t pixels = bytes.size() / tables_.size();
  for (std::size_t c = 0; c < tables_.size(); ++c) {
    const auto& table = tables_[c];
    for (std::size_t i = c * pixels; i < (c + 1) * pixels; ++i) out[i] = table[bytes[i]];
  }
}

}  // namespace acrtc::dataset
