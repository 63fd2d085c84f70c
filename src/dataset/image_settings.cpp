#include "image_settings.hpp"

#include <utility>

namespace acrtc::dataset {

CropFlip::Options crop_flip(const Settings& settings) {
  return {.pad = settings[pad], .flip = settings[flip] ? Mirror::left_right : Mirror::no};
}

ImageCrop::Options image_crop(const Settings& settings, const Setting<bool>& flip_setting) {
  if (settings[crop_size] > settings[resize]) settings.reject("size", "is more than resize, out of which it is cut");
  const std::string& crop = settings[train_crop];
  return {.size = settings[crop_size],
          .resize = settings[resize],
          .train = crop == "random_resized" ? TrainCrop::random_resized
                   : crop == "random"       ? TrainCrop::random
                                            : TrainCrop::centre,
          .min_area = settings[min_area],
          .flip = settings[flip_setting] ? Mirror::left_right : Mirror::no};
}

OnCorrupt on_corrupt_of(const Settings& settings) {
  return settings[on_corrupt] == "skip" ? OnCorrupt::skip : OnCorrupt::fail;
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
