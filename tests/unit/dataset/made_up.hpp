#pragma once

#include <memory>
#include <string>
#include <utility>

#include "acrtc/dataset/dataset.hpp"
#include "acrtc/dataset/pack.hpp"
#include "acrtc/dataset/synth.hpp"
#include "support/base/user_error.hpp"

namespace acrtc::dataset::testing {

using test::user_error;

inline Table table_of(std::initializer_list<std::pair<const char*, Value::Data>> items) {
  Table table;
  for (const auto& [key, data] : items) table.set(key, Value(data));
  return table;
}

inline std::unique_ptr<Dataset> make(const std::string& name, const Table& table, std::uint64_t seed = 1) {
  const auto& entry = Registry<Dataset>::instance().find(name);
  return entry.make(Settings("dataset", table, entry.schema), seed);
}

/// Has the writer called `name` fill a folder.
inline void write_made_up(const std::string& name, const SynthRequest& request, const Table& table = {}) {
  const auto& entry = Registry<SynthWriter>::instance().find(name);
  entry.make(Settings("synth", table, entry.schema), request);
}

/// A photograph's likeness: smooth, in colour, each with its own phase.
inline Image picture(std::int64_t width, std::int64_t height, int phase = 0) {
  Image image{{width, height}, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 4))};
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.row(y) + 4 * x;
      pixel[0] = static_cast<std::uint8_t>(x * 255 / width);
      pixel[1] = static_cast<std::uint8_t>(y * 255 / height);
      pixel[2] = static_cast<std::uint8_t>(phase * 40);
    }
  return image;
}

/// A folder of a tiny ImageNet: 3 classes, 12 + 6 images of 40 x 30.
inline void write_tiny_imagenet(const std::filesystem::path& out) {
  write_made_up("imagenet", {.out = out, .train_samples = 12, .test_samples = 6},
                table_of({{"classes", std::int64_t{3}}, {"width", std::int64_t{40}}, {"height", std::int64_t{30}}}));
}

inline Table tiny_imagenet_settings(const std::filesystem::path& directory) {
  return table_of({{"directory", directory.string()}, {"size", std::int64_t{16}}, {"resize", std::int64_t{20}}});
}

}  // namespace acrtc::dataset::testing
