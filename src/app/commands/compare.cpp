#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "commands.hpp"
#include "run_summary.hpp"
#include "text_table.hpp"

namespace acrtc::app {
namespace {

/// Student's t, two-sided 95 %, for 1 to 30 degrees of freedom; beyond, the normal distribution's.
double student_t(std::size_t degrees) {
  constexpr std::array<double, 30> table{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                         2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                         2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  return degrees <= table.size() ? table[degrees - 1] : 1.960;
}

/// Runs that differ in their seed alone, as far as the name of scheme and format tells.
std::string group_of(const RunSummary& run) { return run.scheme + " " + run.format; }

/// By how much the test accuracy of one group of runs exceeds another's, over pairs of equal seed.
struct Difference {
  std::string group, base;
  std::vector<double> values;

  double mean() const {
    double total = 0;
    for (const double value : values) total += value;
    return total / static_cast<double>(values.size());
  }
  /// Half the 95 % interval; NaN for fewer than two pairs.
  double half_interval() const {
    if (values.size() < 2) return std::nan("");
    double squares = 0;
    for (const double value : values) squares += (value - mean()) * (value - mean());
    const auto n = static_cast<double>(values.size());
    return student_t(values.size() - 1) * std::sqrt(squares / (n - 1) / n);
  }
};

/// Each group against that of the first run.
std::vector<Difference> differences(const std::vector<RunSummary>& runs) {
  const std::string base = group_of(runs.front());
  std::vector<Difference> result;
  std::set<std::string> done{base};
  for (const RunSummary& first : runs) {
    if (!done.insert(group_of(first)).second) continue;
    Difference difference{group_of(first), base, {}};
    for (const RunSummary& run : runs)
      for (const RunSummary& other : runs)
        if (group_of(run) == difference.group && group_of(other) == base && run.seed == other.seed)
          difference.values.push_back(run.test_accuracy - other.test_accuracy);
    if (!difference.values.empty()) result.push_back(std::move(difference));
  }
  return result;
}

TextTable table_of(const std::vector<RunSummary>& runs) {
  TextTable table{{"run", "scheme", "seed", "epochs", "accuracy %", "mults avoided %", "speed-up", "energy saved %"},
                  {}};
  for (const RunSummary& run : runs)
    table.rows.push_back({std::filesystem::path(run.path).stem().string(), group_of(run), std::to_string(run.seed),
                          std::to_string(run.epochs), fmt::format("{:.2f}", 100 * run.test_accuracy),
                          fmt::format("{:.1f}", 100 * run.all.mults_avoided()),
                          fmt::format("{:.3f}", run.all.speed_up()),
                          fmt::format("{:.1f}", 100 * run.all.energy_saved())});
  return table;
}

std::string text_of(const std::vector<RunSummary>& runs) {
  std::string text = table_of(runs).aligned() + "\n";
  for (const Difference& difference : differences(runs)) {
    text +=
        fmt::format("test accuracy, {} minus {}: {:+.2f} points over {} seed{}, ", difference.group, difference.base,
                    100 * difference.mean(), difference.values.size(), difference.values.size() == 1 ? "" : "s");
    text += difference.values.size() < 2 ? "95 % interval unknown: one pair tells no spread\n"
                                         : fmt::format("95 % interval {:+.2f} to {:+.2f}\n",
                                                       100 * (difference.mean() - difference.half_interval()),
                                                       100 * (difference.mean() + difference.half_interval()));
  }
  return text;
}

nlohmann::json json_of(const std::vector<RunSummary>& runs) {
  nlohmann::json json{{"runs", nlohmann::json::array()}, {"differences", nlohmann::json::array()}};
  for (const RunSummary& run : runs)
    json["runs"].push_back({{"path", run.path},
                            {"scheme", run.scheme},
                            {"format", run.format},
                            {"seed", run.seed},
                            {"test_accuracy", run.test_accuracy},
                            {"mults_avoided", run.all.mults_avoided()},
                            {"speed_up", run.all.speed_up()},
                            {"energy_saved", run.all.energy_saved()}});
  for (const Difference& difference : differences(runs))
    json["differences"].push_back({{"group", difference.group},
                                   {"base", difference.base},
                                   {"pairs", difference.values.size()},
                                   {"mean", difference.mean()},
                                   {"half_interval_95", difference.half_interval()}});
  return json;
}

class Compare : public Command {
 public:
  explicit Compare(CLI::App& options) {
    options.add_option("logs", logs_, "run logs; differences are to the first one's scheme and format")
        ->required()
        ->expected(2, 10000);
    options.add_option("--format", format_, "text, json or csv")->check(CLI::IsMember({"text", "json", "csv"}));
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    std::vector<RunSummary> runs;
    for (const std::string& log : logs_) runs.push_back(summarize(log));
    if (format_ == "text") fmt::print("{}", text_of(runs));
    if (format_ == "json") fmt::print("{}\n", json_of(runs).dump(2));
    if (format_ == "csv") fmt::print("{}", table_of(runs).csv());
    return status_ok;
  }

 private:
  std::vector<std::string> logs_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> make_compare(CLI::App& options) { return std::make_unique<Compare>(options); }

}  // namespace acrtc::app
