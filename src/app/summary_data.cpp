#include "summary_data.hpp"

#include <fmt/core.h>

#include "acrtc/reuse/count.hpp"

namespace acrtc::app {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const study::Gain& gain) {
  return {{"dense", gain.dense}, {"reuse", gain.reuse}, {"speed_up", gain.speed_up()}, {"saved", gain.saved()}};
}

Json json_of(const study::BoundGain& gain) { return {{"time", json_of(gain.time)}, {"energy", json_of(gain.energy)}}; }

Json json_of(const reuse::ReuseCount& count) {
  Json json;
  for (const reuse::CountField& field : reuse::count_fields) json[field.name] = count.*field.member;
  return json;
}

Json json_of(const study::Spread& spread) {
  return {{"least", spread.least}, {"mean", spread.mean}, {"most", spread.most}};
}

Json json_of(const std::vector<study::GemmTotal>& totals) {
  Json list = Json::array();
  for (const study::GemmTotal& total : totals)
    list.push_back({{"name", total.name},
                    {"mults_avoided", total.mults_avoided()},
                    {"zero_share", total.zero_share()},
                    {"time", json_of(total.time)},
                    {"time_fixed_stalls", total.bounds.fixed.value},
                    {"time_scaled_stalls", total.bounds.scaled.value},
                    {"energy", json_of(total.total_energy())},
                    {"count", json_of(total.count)}});
  return list;
}

Json json_of(const study::MeanInterval& interval) {
  return {{"values", interval.values}, {"mean", interval.mean}, {"half_width_95", interval.half_width}};
}

std::string csv_line(const std::string& kind, const study::GemmTotal& total) {
  return fmt::format("{},{},{},{},{},{},{},{},{},{}\n", kind, total.name, total.mults_avoided(), total.zero_share(),
                     total.time.dense, total.time.reuse, total.total_energy().dense, total.total_energy().reuse,
                     total.bounds.fixed.value, total.bounds.scaled.value);
}

}  // namespace

nlohmann::ordered_json json_of(const study::Summary& summary) {
  return {{"state", record::run_state_names[static_cast<int>(summary.state)]},
          {"steps", summary.steps},
          {"epochs", summary.epochs},
          {"nodes", summary.nodes},
          {"skipped_steps", summary.skipped_steps},
          {"bit_reproducible", summary.bit_reproducible},
          {"train_loss", summary.train_loss},
          {"train_accuracy", summary.train_accuracy},
          {"test_accuracy", summary.test_accuracy},
          {"best_test_accuracy", summary.best_test_accuracy},
          {"mults_avoided", summary.mults_avoided()},
          {"zero_share", summary.zero_share()},
          {"count", json_of(summary.count)},
          {"time", json_of(summary.time)},
          {"fixed_stalls", json_of(summary.fixed_stalls)},
          {"scaled_stalls", json_of(summary.scaled_stalls)},
          {"energy",
           {{"core", json_of(summary.core)},
            {"with_sram", json_of(summary.with_sram)},
            {"with_dram", json_of(summary.with_dram)},
            {"with_interconnect", json_of(summary.with_interconnect)}}},
          {"roles", json_of(summary.roles)},
          {"layers", json_of(summary.layers)},
          {"gemms", json_of(summary.gemms)},
          {"spread",
           {{"mults_avoided", json_of(summary.spread.mults_avoided)},
            {"speed_up", json_of(summary.spread.speed_up)},
            {"energy_saved", json_of(summary.spread.energy_saved)},
            {"wait_share", json_of(summary.spread.wait_share)}}}};
}

nlohmann::ordered_json json_of(const study::Comparison& comparison) {
  Json json{{"runs", Json::array()}, {"groups", Json::array()}, {"baseline", comparison.baseline}};
  for (const study::ComparedRun& run : comparison.runs)
    json["runs"].push_back({{"name", run.name}, {"seed", run.seed}, {"summary", json_of(run.summary)}});
  for (const study::RunGroup& group : comparison.groups)
    json["groups"].push_back({{"label", group.label},
                              {"runs", group.runs},
                              {"test_accuracy", json_of(group.test_accuracy)},
                              {"accuracy_difference", json_of(group.accuracy_difference)},
                              {"mults_avoided", group.mults_avoided},
                              {"speed_up", group.speed_up},
                              {"time_saved", group.time_saved},
                              {"energy_saved", group.energy_saved}});
  return json;
}

std::string csv_of(const study::Summary& summary) {
  std::string text =
      "kind,name,mults_avoided,zero_share,time_dense,time,energy_dense,energy,time_fixed_stalls,time_scaled_stalls\n";
  text +=
      fmt::format("run,all,{},{},{},{},{},{},{},{}\n", summary.mults_avoided(), summary.zero_share(),
                  summary.time.dense, summary.time.reuse, summary.with_interconnect.dense,
                  summary.with_interconnect.reuse, summary.fixed_stalls.time.reuse, summary.scaled_stalls.time.reuse);
  for (const auto& total : summary.roles) text += csv_line("role", total);
  for (const auto& total : summary.layers) text += csv_line("layer", total);
  for (const auto& total : summary.gemms) text += csv_line("gemm", total);
  return text;
}

std::string csv_of(const study::Comparison& comparison) {
  std::string text =
      "run,seed,test_accuracy,mults_avoided,speed_up,energy_saved,speed_up_fixed_stalls,speed_up_scaled_stalls\n";
  for (const study::ComparedRun& run : comparison.runs) {
    const study::Summary& s = run.summary;
    text += fmt::format("{},{},{},{},{},{},{},{}\n", run.name, run.seed, s.test_accuracy, s.mults_avoided(),
                        s.time.speed_up(), s.with_interconnect.saved(), s.fixed_stalls.time.speed_up(),
                        s.scaled_stalls.time.speed_up());
  }
  return text;
}

}  // namespace acrtc::app
