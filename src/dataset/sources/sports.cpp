#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/dataset/feature_samples.hpp"
#include "acrtc/dataset/number_table.hpp"

namespace acrtc::dataset {
namespace {

namespace fs = std::filesystem;

// Altun, Barshan and Tuncel (2010), doi:10.1016/j.patcog.2010.04.019: 19 activities of 8 people, each cut into segments
// of 5 s at 25 Hz, from 5 units of 9 sensors.
constexpr std::int64_t activities = 19, subjects = 8, steps = 125, sensors = 45;
constexpr int reading_threads = 4;  // thousands of small files: mostly waiting

const Setting<std::string> directory{"directory", "data/sports", "where the folders a01 to a19 lie"};
const Setting<std::vector<std::int64_t>> test_subjects{
    "test_subjects", {7, 8}, "people to test on; all others are trained on", 1, subjects};
const Setting<bool> standardised{"standardise", true,
                                 "shift and scale each sensor to mean 0 and deviation 1 over the training people"};

struct Segment {
  fs::path file;
  std::int32_t label;
};

std::string numbered(const char* format, std::int64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, format, static_cast<int>(number));
  return text;
}

/// The segments of one person in an activity in the order of their names; none where the folder is missing.
std::vector<fs::path> segment_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::vector<Segment> list_segments(const fs::path& from, const std::vector<std::int64_t>& people) {
  std::vector<Segment> segments;
  for (std::int64_t a = 1; a <= activities; ++a)
    for (const std::int64_t p : people) {
      const fs::path folder = from / numbered("a%02d", a) / numbered("p%d", p);
      const auto files = segment_files(folder);
      if (files.empty())
        throw UserError("'" + folder.string() + "' lacks a person's recordings", "no .txt file",
                        "unpack all of it as data/README.md says");
      for (const fs::path& file : files) segments.push_back({file, static_cast<std::int32_t>(a - 1)});
    }
  return segments;
}

FeatureSplit load(const std::vector<Segment>& segments) {
  FeatureSplit split;
  split.values.resize(segments.size() * steps * sensors);
  split.labels.resize(segments.size());
  parallel_for(reading_threads, std::ssize(segments), [&](std::int64_t n) {
    const NumberTable table = read_numbers(segments[n].file, sensors, steps);
    if (table.rows() != steps)
      throw UserError("cannot use '" + segments[n].file.string() + "'",
                      std::to_string(table.rows()) + " lines, a segment has " + std::to_string(steps));
    std::ranges::copy(table.values, split.values.begin() + n * steps * sensors);
    split.labels[n] = segments[n].label;
  });
  return split;
}

std::unique_ptr<Dataset> make(const Settings& settings, std::uint64_t) {
  const auto& test = settings[test_subjects];
  if (std::set(test.begin(), test.end()).size() < test.size()) settings.reject("test_subjects", "names somebody twice");
  std::vector<std::int64_t> train;
  for (std::int64_t p = 1; p <= subjects; ++p)
    if (std::ranges::find(test, p) == test.end()) train.push_back(p);
  if (train.empty() || test.empty()) settings.reject("test_subjects", "leaves nobody to train or to test on");
  const fs::path from = settings[directory];
  FeatureSamples::Content content{
      {steps, 1, sensors}, activities, load(list_segments(from, train)), load(list_segments(from, test))};
  if (settings[standardised]) standardise(content, sensors);
  return std::make_unique<FeatureSamples>(std::move(content));
}

const Registration<Dataset> registration{
    "sports",
    "5 s of 45 motion sensors on the body, 125 steps, 19 daily and sports activities; other people to test on",
    describe(directory, test_subjects, standardised), make};

}  // namespace
}  // namespace acrtc::dataset
