#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace acrtc::dataset {

/// Turns pixel bytes b into (b / 255 - mean[c]) / deviation[c] by a table per channel, so that every reader rounds
/// alike.
class Normalizer {
 public:
  /// One mean and one deviation (> 0) per channel, on the scale 0 to 1.
  Normalizer(std::span<const double> mean, std::span<const double> deviation);

  /// bytes and out are [c, pixels], c the number of channels.
  void planes(std::span<const std::uint8_t> bytes, std::span<float> out) const;

  const std::vector<double>& mean() const { return mean_; }
  const std::vector<double>& deviation() const { return deviation_; }

 private:
  std::vector<double> mean_, deviation_;
  std::vector<std::array<float, 256>> tables_;
};

}  // namespace acrtc::dataset
