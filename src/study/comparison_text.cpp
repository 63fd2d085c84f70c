#include <algorithm>
#include <ostream>
#include <vector>

#include "acrtc/study/comparison.hpp"
#include "numbers.hpp"

namespace acrtc::study {
namespace {

using Row = std::vector<std::string>;

void print_rows(std::ostream& out, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) line += padded(row[c], widths[c]) + " ";
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

Row run_row(const ComparedRun& run) {
  const Summary& s = run.summary;
  return {run.name,
          std::to_string(run.seed),
          record::run_state_names[static_cast<int>(s.state)],
          accuracy_text(s.test_accuracy),
          percent(s.mults_avoided()),
          times(s.time.speed_up()),
          percent(s.time.saved()),
          percent(s.with_interconnect.saved())};
}

/// In percentage points; one seed has no interval.
std::string points_text(const MeanInterval& interval) {
  if (interval.values == 0) return "no common seed";
  const std::string mean = number("%+.2f", 100 * interval.mean);
  if (interval.values == 1) return mean + " (1 seed)";
  return mean + " +- " + number("%.2f", 100 * interval.half_width) + " (" + std::to_string(interval.values) + " seeds)";
}

Row group_row(const RunGroup& group, const std::string& difference) {
  return {group.label,
          std::to_string(group.runs.size()),
          accuracy_text(group.test_accuracy.mean),
          difference,
          percent(group.mults_avoided),
          times(group.speed_up),
          percent(group.time_saved),
          percent(group.energy_saved)};
}

}  // namespace

void print(std::ostream& out, const Comparison& comparison) {
  std::vector<Row> runs = {{"run", "seed", "state", "accuracy", "mults less", "speed-up", "time less", "energy less"}};
  for (const ComparedRun& run : comparison.runs) runs.push_back(run_row(run));
  print_rows(out, runs);
  out << '\n';
  std::vector<Row> groups = {{"configuration of", "runs", "accuracy", "points to baseline (95 %)", "mults less",
                              "speed-up", "time less", "energy less"}};
  for (std::size_t g = 0; g < comparison.groups.size(); ++g) {
    const RunGroup& group = comparison.groups[g];
    groups.push_back(group_row(group, g == comparison.baseline ? "baseline" : points_text(group.accuracy_difference)));
  }
  print_rows(out, groups);
}

}  // namespace acrtc::study
