#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "run_summary.hpp"
#include "text_table.hpp"

namespace acrtc::app {
namespace {

TextTable table_of(const std::string& title, const std::vector<Part>& parts) {
  TextTable table{{title, "mults avoided %", "zeros of reuse %", "speed-up", "time saved %", "energy saved %"}, {}};
  for (const Part& part : parts)
    table.rows.push_back({part.name, fmt::format("{:.1f}", 100 * part.mults_avoided()),
                          fmt::format("{:.1f}", 100 * part.zeros_of_reuse()), fmt::format("{:.3f}", part.speed_up()),
                          fmt::format("{:.1f}", 100 * part.time_saved()),
                          fmt::format("{:.1f}", 100 * part.energy_saved())});
  return table;
}

nlohmann::json json_of(const Part& part) {
  nlohmann::json json{{"name", part.name},
                      {"mults_avoided", part.mults_avoided()},
                      {"zeros_of_reuse", part.zeros_of_reuse()},
                      {"speed_up", part.speed_up()},
                      {"time_dense", part.time_dense.value},
                      {"time", part.time.value},
                      {"energy_dense", part.energy_dense.value},
                      {"energy", part.energy.value}};
  for (const reuse::CountField& field : reuse::count_fields) json[field.name] = part.count.*field.member;
  return json;
}

nlohmann::json json_of(const std::vector<Part>& parts) {
  auto list = nlohmann::json::array();
  for (const Part& part : parts) list.push_back(json_of(part));
  return list;
}

nlohmann::json json_of(const RunSummary& run) {
  return {{"path", run.path},
          {"scheme", run.scheme},
          {"format", run.format},
          {"state", run.state},
          {"seed", run.seed},
          {"nodes", run.nodes},
          {"steps", run.steps},
          {"epochs", run.epochs},
          {"test_loss", run.test_loss},
          {"all", json_of(run.all)},
          {"train_loss", run.train_loss},
          {"test_accuracy", run.test_accuracy},
          {"roles", json_of(run.roles)},
          {"layers", json_of(run.layers)},
          {"per_node", json_of(run.per_node)}};
}

std::string text_of(const RunSummary& run) {
  return overview(run) + "\n" + table_of("role (GEMMs)", run.roles).aligned() + "\n" +
         table_of("layer (GEMMs)", run.layers).aligned() + "\n" + table_of("node (computing)", run.per_node).aligned();
}

std::string csv_of(const RunSummary& run) {
  std::vector<Part> parts{run.all};
  for (const auto* more : {&run.roles, &run.layers, &run.per_node})
    parts.insert(parts.end(), more->begin(), more->end());
  return table_of("part", parts).csv();
}

class Report : public Command {
 public:
  explicit Report(CLI::App& options) {
    options.add_option("log", log_, "a run log, of a finished run or of one that goes on")->required();
    options.add_option("--format", format_, "text, json or csv")->check(CLI::IsMember({"text", "json", "csv"}));
  }

  int run(const Surroundings& surroundings) override {
    if (surroundings.ranks.rank() != 0) return status_ok;
    const RunSummary summary = summarize(log_);
    if (format_ == "text") fmt::print("{}", text_of(summary));
    if (format_ == "json") fmt::print("{}\n", json_of(summary).dump(2));
    if (format_ == "csv") fmt::print("{}", csv_of(summary));
    return status_ok;
  }

 private:
  std::string log_, format_ = "text";
};

}  // namespace

std::unique_ptr<Command> make_report(CLI::App& options) { return std::make_unique<Report>(options); }

}  // namespace acrtc::app
