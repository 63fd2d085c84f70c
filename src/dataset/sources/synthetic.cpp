#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/random.hpp"
#include "acrtc/dataset/dataset.hpp"

namespace acrtc::dataset {
namespace {

const Setting<std::int64_t> channels{"channels", 1, "channels of an image", 1, 65536};
const Setting<std::int64_t> height{"height", 28, "rows of an image", 1, 65536};
const Setting<std::int64_t> width{"width", 28, "columns of an image", 1, 65536};
const Setting<std::int64_t> classes_setting{"classes", 10, "number of classes", 1, 65536};
const Setting<std::int64_t> train_samples{"train_samples", 60000, "samples to train on", 1, 2147483648};
const Setting<std::int64_t> test_samples{"test_samples", 10000, "samples to test on", 1, 2147483648};
const Setting<double> noise_setting{"noise", 1.0, "standard deviation of a pixel's noise; prototypes have about 1", 0,
                                    100};

constexpr std::int64_t most_elements = std::int64_t{1} << 28;  // 1 GiB of FP32 a sample

/// What a draw is for: the first counter of the random stream.
enum Purpose : std::uint32_t { prototype, train_noise, test_noise };

/// A grid of `knots` x `knots` random values stretched over a channel: smooth, so that pooling and strides keep it.
constexpr int knots = 4;
using Grid = std::array<std::array<float, knots>, knots>;

/// Between which knots a pixel lies, and how far past the first.
struct Place {
  int knot;
  float fraction;
};

/// The places of n pixels in a row.
std::vector<Place> places(std::int64_t n) {
  std::vector<Place> all(static_cast<std::size_t>(n));
  const auto steps = static_cast<double>(std::max<std::int64_t>(n - 1, 1));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double at = static_cast<double>(i) * (knots - 1) / steps;
    const int knot = std::min(static_cast<int>(at), knots - 2);
    all[i] = {knot, static_cast<float>(at - knot)};
  }
  return all;
}

float mix(float a, float b, float fraction) { return a + (b - a) * fraction; }

/// About standard normal: the sum of a word's four bytes, centred and scaled by its deviation (4 uniform bytes:
/// variance 4 (256^2 - 1) / 12). A word a value makes ImageNet-sized samples cheap, unlike Box-Muller.
float bell(std::uint32_t word) {
  constexpr float deviation = 147.8005F;
  const std::uint32_t sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
  return (static_cast<float>(sum) - 510.0F) / deviation;
}

/// Each class has a smooth random prototype; a sample is the prototype of its class plus noise of its own. Both splits
/// share the prototypes, so what is learnt on one holds on the other. Nothing is stored: any size costs no memory.
class Synthetic : public Dataset {
 public:
  Synthetic(const Settings& settings, std::uint64_t seed)
      : random_(seed, RandomStream::synthetic_data),
        shape_{settings[channels], settings[height], settings[width]},
        rows_(places(shape_.height)),
        columns_(places(shape_.width)),
        classes_(settings[classes_setting]),
        train_(settings[train_samples]),
        test_(settings[test_samples]),
        noise_(static_cast<float>(settings[noise_setting])) {
    if (shape_.elements() > most_elements)
      settings.reject("channels", "makes samples of " + to_string(shape_) + ", more than 2^28 values");
  }

  std::int64_t size(Split split) const override { return split == Split::train ? train_ : test_; }
  SampleShape shape() const override { return shape_; }
  std::int64_t classes() const override { return classes_; }

  std::int32_t read(const SampleRequest& request, std::span<float> out) const override {
    require(request.index >= 0 && request.index < size(request.split), "the sample lies in its split");
    require(static_cast<std::int64_t>(out.size()) == shape_.elements(), "the sample fits its place");
    const auto label = static_cast<std::int32_t>(request.index % classes_);
    draw_prototype(label, out);
    if (noise_ > 0) add_noise(request, out);
    return label;
  }

 private:
  void draw_prototype(std::int32_t label, std::span<float> out) const {
    float* pixel = out.data();
    for (std::int64_t c = 0; c < shape_.channels; ++c) {
      const Grid grid = draw_grid(label, c);
      for (const auto& [top, down] : rows_) {
        std::array<float, knots> line;
        for (int k = 0; k < knots; ++k) line[k] = mix(grid[top][k], grid[top + 1][k], down);
        for (const auto& [left, right] : columns_) *pixel++ = mix(line[left], line[left + 1], right);
      }
    }
  }

  /// Knots that the shape cannot reach, as in flat vectors, stay zero.
  Grid draw_grid(std::int32_t label, std::int64_t channel) const {
    Grid grid{};
    const int rows = shape_.height > 1 ? knots : 1, columns = shape_.width > 1 ? knots : 1;
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x)
        grid[y][x] = random_.normal(prototype, static_cast<std::uint32_t>(label),
                                    static_cast<std::uint32_t>((channel * knots + y) * knots + x));
    return grid;
  }

  void add_noise(const SampleRequest& request, std::span<float> out) const {
    const Purpose purpose = request.split == Split::train ? train_noise : test_noise;
    for (std::size_t i = 0; i < out.size(); i += 4) {
      const auto words =
          random_.words(purpose, static_cast<std::uint32_t>(request.index), static_cast<std::uint32_t>(i));
      for (std::size_t k = i; k < std::min(i + 4, out.size()); ++k) out[k] += noise_ * bell(words[k - i]);
    }
  }

  Random random_;
  SampleShape shape_;
  std::vector<Place> rows_, columns_;
  std::int64_t classes_, train_, test_;
  float noise_;
};

const Registration<Dataset> registration{
    "synthetic", "smooth random prototypes of the classes plus noise, made on the fly in any shape and number",
    describe(channels, height, width, classes_setting, train_samples, test_samples, noise_setting),
    [](const Settings& settings, std::uint64_t seed) { return std::make_unique<Synthetic>(settings, seed); }};

}  // namespace
}  // namespace acrtc::dataset
