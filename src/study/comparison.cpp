#include "acrtc/study/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <sstream>
#include <utility>

#include "acrtc/base/error.hpp"
#include "acrtc/study/student_t.hpp"

namespace acrtc::study {
namespace {

/// The key of a TOML line `key = value`, without the tables before its last dot; empty for other lines.
std::string key_of(const std::string& line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos) return "";
  std::string key = line.substr(0, equals);
  std::erase_if(key, [](char c) { return c == ' ' || c == '\t'; });
  return key.substr(key.rfind('.') + 1);
}

std::string without_keys(const std::string& configuration, const std::vector<std::string>& ignored) {
  std::istringstream lines(configuration);
  std::string line, result;
  while (std::getline(lines, line))
    if (std::find(ignored.begin(), ignored.end(), key_of(line)) == ignored.end()) result += line + "\n";
  return result;
}

std::vector<RunGroup> group_runs(const std::vector<ComparedRun>& runs, const std::vector<std::string>& ignored) {
  std::vector<RunGroup> groups;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string key = without_keys(runs[i].configuration, ignored);
    const auto known = std::find(keys.begin(), keys.end(), key);
    const auto group = static_cast<std::size_t>(known - keys.begin());
    if (known == keys.end()) {
      keys.push_back(key);
      groups.emplace_back().label = runs[i].name;
    }
    groups[group].runs.push_back(i);
  }
  return groups;
}

std::size_t find_baseline(const Comparison& comparison) {
  std::vector<std::size_t> dense;
  for (std::size_t g = 0; g < comparison.groups.size(); ++g) {
    const auto& runs = comparison.groups[g].runs;
    if (std::all_of(runs.begin(), runs.end(), [&](std::size_t run) {
          const reuse::ReuseCount& count = comparison.runs[run].summary.count;
          return count.mults == count.mults_dense;
        }))
      dense.push_back(g);
  }
  return dense.size() == 1 ? dense.front() : 0;
}

using Figure = std::function<double(const Summary&)>;

double mean_over(const Comparison& comparison, const RunGroup& group, const Figure& figure) {
  double sum = 0;
  for (const std::size_t run : group.runs) sum += figure(comparison.runs[run].summary);
  return sum / static_cast<double>(group.runs.size());
}

/// Test accuracies of runs of `group` minus those of the baseline's runs with the same seed.
std::vector<double> paired_differences(const Comparison& comparison, const RunGroup& group) {
  std::vector<double> differences;
  for (const std::size_t run : group.runs)
    for (const std::size_t base : comparison.groups[comparison.baseline].runs)
      if (comparison.runs[run].seed == comparison.runs[base].seed) {
        differences.push_back(comparison.runs[run].summary.test_accuracy - comparison.runs[base].summary.test_accuracy);
        break;
      }
  return differences;
}

void fill_figures(const Comparison& comparison, RunGroup& group) {
  std::vector<double> accuracies;
  for (const std::size_t run : group.runs) accuracies.push_back(comparison.runs[run].summary.test_accuracy);
  group.test_accuracy = mean_interval(accuracies);
  group.accuracy_difference = mean_interval(paired_differences(comparison, group));
  group.mults_avoided = mean_over(comparison, group, &Summary::mults_avoided);
  group.speed_up = mean_over(comparison, group, [](const Summary& s) { return s.time.speed_up(); });
  group.time_saved = mean_over(comparison, group, [](const Summary& s) { return s.time.saved(); });
  group.energy_saved = mean_over(comparison, group, [](const Summary& s) { return s.with_interconnect.saved(); });
}

}  // namespace

ComparedRun compared_run(const record::RunReader& run) {
  return {run.path().string(), run.provenance().seed, run.provenance().configuration, summarize(run)};
}

MeanInterval mean_interval(const std::vector<double>& values) {
  MeanInterval result{.values = std::ssize(values)};
  if (values.empty()) return result;
  const auto n = static_cast<double>(values.size());
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.half_width = student_t_quantile(0.975, n - 1) * std::sqrt(squares / (n - 1) / n);
  return result;
}

Comparison compare(std::vector<ComparedRun> runs, const std::vector<std::string>& ignored_keys) {
  if (runs.empty()) throw UserError("there is nothing to compare", "no run log was given");
  Comparison comparison;
  comparison.runs = std::move(runs);
  comparison.groups = group_runs(comparison.runs, ignored_keys);
  comparison.baseline = find_baseline(comparison);
  for (RunGroup& group : comparison.groups) fill_figures(comparison, group);
  return comparison;
}

}  // namespace acrtc::study
