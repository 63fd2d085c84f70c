#include <memory>
#include <string>

#include "../image_settings.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/dataset/byte_images.hpp"
#include "acrtc/dataset/feature_samples.hpp"
#include "acrtc/dataset/files.hpp"
#include "acrtc/dataset/number_table.hpp"

namespace acrtc::dataset {
namespace {

constexpr SampleShape shape{1, 8, 8};
constexpr std::int64_t pixels = 64, grey_levels = 16, digits = 10;
constexpr std::int64_t most_rows = 1'000'000;  // UCI's whole set has 5620

const Setting<std::string> file{"file", "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv",
                                "64 pixels 0 to 16 and the digit on each line, or its .gz"};
const Setting<std::int64_t> test_rows{"test_rows", 450,
                                      "rows at the end of the file to test on, the others to train on", 1};
const Setting<double> mean{"mean", 0.3053, "mean of the pixels on the scale 0 to 1", 0, 1};
const Setting<double> deviation{"std", 0.3760, "standard deviation of the pixels", 1e-6, 1};

FeatureSplit take(const NumberTable& table, Range rows, const Settings& settings) {
  FeatureSplit split;
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    for (std::int64_t i = 0; i < pixels; ++i) {
      const auto grey = static_cast<double>(table.integer(r, i, "pixel", 0, grey_levels)) / grey_levels;
      split.values.push_back(static_cast<float>((grey - settings[mean]) / settings[deviation]));
    }
    split.labels.push_back(static_cast<std::int32_t>(table.integer(r, pixels, "label", 0, digits - 1)));
  }
  return split;
}

std::unique_ptr<Dataset> make(const Settings& settings, std::uint64_t) {
  const std::filesystem::path path = settings[file];
  const NumberTable table =
      read_numbers(find_file(path.parent_path(), path.filename(), "install python3-sklearn"), pixels + 1, most_rows);
  const std::int64_t train_rows = table.rows() - settings[test_rows];
  if (train_rows < 1) settings.reject("test_rows", "leaves nothing of " + std::to_string(table.rows()) + " rows");
  FeatureSamples::Content content{shape, digits, take(table, {0, train_rows}, settings),
                                  take(table, {train_rows, table.rows()}, settings)};
  require_every_class(content.train.labels, digits, settings[file]);
  return std::make_unique<FeatureSamples>(std::move(content));
}

const Registration<Dataset> registration{"digits",
                                         "8x8 grey pictures of the 10 handwritten digits, as scikit-learn has them",
                                         describe(file, test_rows, mean, deviation), make};

}  // namespace
}  // namespace acrtc::dataset
