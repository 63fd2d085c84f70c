#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "acrtc/study/summary.hpp"

namespace acrtc::study {

/// One run of a comparison.
struct ComparedRun {
  std::string name;  ///< usually the file's path
  std::int64_t seed = 0;
  std::string configuration;  ///< every setting in force, as TOML
  Summary summary;
};
ComparedRun compared_run(const record::RunReader& run);

/// A mean with its two-sided 95 % interval by Student's t; the half-width is NaN for fewer than two values.
struct MeanInterval {
  std::int64_t values = 0;
  double mean = Summary::unknown, half_width = Summary::unknown;
};
MeanInterval mean_interval(const std::vector<double>& values);

/// Runs that differ in their seed alone.
struct RunGroup {
  std::string label;                 ///< of the first run
  std::vector<std::size_t> runs;     ///< indices into Comparison::runs
  MeanInterval test_accuracy;        ///< over the group's runs
  MeanInterval accuracy_difference;  ///< to the baseline, over seeds that both have
  double mults_avoided = Summary::unknown, speed_up = Summary::unknown, time_saved = Summary::unknown,
         energy_saved = Summary::unknown;  ///< means over the group's runs
};

struct Comparison {
  std::vector<ComparedRun> runs;
  std::vector<RunGroup> groups;  ///< in the order of their first runs
  std::size_t baseline = 0;      ///< index of a group
};

/// Keys whose lines do not tell configurations apart.
inline const std::vector<std::string> ungrouped_keys = {"seed"};

/// Groups runs by configuration without the lines of `ignored_keys`. The baseline is the group that avoided no
/// multiplication, or, where there is none or several, the first. Throws UserError for no runs.
Comparison compare(std::vector<ComparedRun> runs, const std::vector<std::string>& ignored_keys = ungrouped_keys);

/// A table for people: each run, then each group against the baseline.
void print(std::ostream& out, const Comparison& comparison);

}  // namespace acrtc::study
