#include "image_settings.hpp"

#include <utility>

namespace acrtc::dataset {

CropFlip::Options crop_flip(const Settings& settings) {
  return {.pad = settings[pad], .flip = settings[flip] ? Mirror::left_right : Mirror::no};
}

ChannelSettings::ChannelSettings(std::vector<double> mean_fallback, std::vector<double> deviation_fallback)
    : mean{"mean", std::move(mean_fallback), "mean of the training pixels on the scale 0 to 1, one for each channel", 0,
           1},
      deviation{"std", std::move(deviation_fallback), "standard deviation of the training pixels, likewise", 1e-6, 1} {}

Normalizer ChannelSettings::normalizer(const Settings& settings, std::int64_t channels) const {
  const auto spread = [&](const Setting<std::vector<double>>& setting) {
    std::vector<double> values = settings[setting];
    if (values.size() == 1) values.resize(static_cast<std::size_t>(channels), values[0]);
    if (std::ssize(values) != channels)
      settings.reject(setting.name, "has " + std::to_string(values.size()) + " numbers, the images have " +
                                        std::to_string(channels) + " channels");
    return values;
  };
  return {spread(mean), spread(deviation)};
}

void keep_first(ByteSamples& samples, std::int64_t limit, std::int64_t elements) {
  if (limit == 0 || limit >= std::ssize(samples.labels)) return;
  samples.labels.resize(static_cast<std::size_t>(limit));
  samples.images.resize(static_cast<std::size_t>(limit * elements));
}

}  // namespace acrtc::dataset
