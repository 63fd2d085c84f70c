#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "../image_settings.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "acrtc/dataset/feature_samples.hpp"
#include "acrtc/dataset/files.hpp"
#include "acrtc/dataset/number_table.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t features = 617, letters = 26;
constexpr float most_feature = 10;
constexpr std::int64_t most_rows = 100'000;  // the distribution has 6238 and 1559

const Setting<std::string> directory{"directory", "data/isolet", "where isolet1+2+3+4.data and isolet5.data lie"};

/// All lie in -1 to 1, if only nearly, as far as the distribution tells.
void check_features(const NumberTable& table, std::int64_t r) {
  const auto row = table.row(r).first(features);
  const auto bad = std::ranges::find_if(row, [](float value) { return std::abs(value) > most_feature; });
  if (bad == row.end()) return;
  throw UserError("cannot use '" + table.path.string() + "'", "line " + std::to_string(r + 1) + ": feature " +
                                                                  std::to_string(bad - row.begin() + 1) + " is " +
                                                                  exact_text(*bad) + ", far beyond -1 to 1");
}

FeatureSplit load(const std::string& from, const std::string& file) {
  const NumberTable table =
      read_numbers(find_file(from, file, "get and uncompress it as data/README.md says"), features + 1, most_rows);
  FeatureSplit split;
  for (std::int64_t r = 0; r < table.rows(); ++r) {
    const auto row = table.row(r).first(features);
    check_features(table, r);
    split.values.insert(split.values.end(), row.begin(), row.end());
    split.labels.push_back(static_cast<std::int32_t>(table.integer(r, features, "label", 1, letters)) - 1);
  }
  return split;
}

std::unique_ptr<Dataset> make(const Settings& settings, std::uint64_t) {
  const std::string& from = settings[directory];
  FeatureSamples::Content content{
      {features, 1, 1}, letters, load(from, "isolet1+2+3+4.data"), load(from, "isolet5.data")};
  require_every_class(content.train.labels, letters, from);
  return std::make_unique<FeatureSamples>(std::move(content));
}

const Registration<Dataset> registration{
    "isolet", "617 features of spoken letters, 26 classes; other speakers to test on", describe(directory), make};

}  // namespace
}  // namespace acrtc::dataset
