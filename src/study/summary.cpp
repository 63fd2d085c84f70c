#include "acrtc/study/summary.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace acrtc::study {
namespace {

using record::RunReader;

double share(double part, double whole) { return whole == 0 ? Summary::unknown : part / whole; }

Gain mults_of(const reuse::ReuseCount& count) {
  return {static_cast<double>(count.mults_dense), static_cast<double>(count.mults)};
}

Gain beats_of(const reuse::ReuseCount& count) {
  return {static_cast<double>(count.beats_dense), static_cast<double>(count.beats)};
}

double zero_share_of(const reuse::ReuseCount& count) {
  return share(static_cast<double>(count.reused_zero), static_cast<double>(count.reused));
}

/// Rows of a group read in pieces, so that a long log needs no more memory than a short one. `visit` is called with
/// each piece.
void in_pieces(std::int64_t rows, const std::function<void(Range)>& visit) {
  constexpr std::int64_t rows_at_once = 1024;
  for (std::int64_t begin = 0; begin < rows; begin += rows_at_once)
    visit({begin, std::min(rows, begin + rows_at_once)});
}

double sum(const RunReader& run, const std::string& column) {
  double total = 0;
  in_pieces(run.rows(column.substr(0, column.find('/'))), [&](Range rows) {
    for (const double value : run.column<double>(column, rows)) total += value;
  });
  return total;
}

/// Sums over the rows of a group, cell by cell; rows where `left_out` is not 0 are left out.
template <class T>
std::vector<T> sum_cells(const RunReader& run, const std::string& column, std::size_t cells,
                         const std::vector<std::int64_t>& left_out = {}) {
  std::vector<T> totals(cells);
  in_pieces(run.rows(column.substr(0, column.find('/'))), [&](Range rows) {
    const std::vector<T> values = run.column<T>(column, rows);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t row = static_cast<std::size_t>(rows.begin) + i / cells;
      if (left_out.empty() || left_out[row] == 0) totals[i % cells] += values[i];
    }
  });
  return totals;
}

/// [node][gemm] cells to one total a GEMM.
template <class T>
std::vector<T> over_nodes(const std::vector<T>& cells, std::size_t gemms) {
  std::vector<T> totals(gemms);
  for (std::size_t i = 0; i < cells.size(); ++i) totals[i % gemms] += cells[i];
  return totals;
}

/// Logs before 1.2 know the time under one kind of stalls alone.
bool has_bounds(const RunReader& run) { return run.contains("steps/time_fixed_stalls"); }

std::vector<GemmTotal> gemm_totals(const RunReader& run) {
  const std::size_t gemms = run.gemms().size(), cells = static_cast<std::size_t>(run.nodes()) * gemms;
  std::vector<GemmTotal> totals;
  for (const network::GemmInfo& gemm : run.gemms()) totals.push_back({.name = gemm.name()});
  if (gemms == 0) return totals;
  // Exact steps are contained in an interval already.
  const auto exact = run.column<std::int64_t>("layers/exact");
  const auto reals = [&](const std::string& name, auto&& store) {
    const auto values = over_nodes(sum_cells<double>(run, "layers/" + name, cells, exact), gemms);
    for (std::size_t g = 0; g < gemms; ++g) store(totals[g], values[g]);
  };
  for (const reuse::CountField& field : reuse::count_fields) {
    const auto values =
        over_nodes(sum_cells<std::uint64_t>(run, "layers/" + std::string(field.name), cells, exact), gemms);
    for (std::size_t g = 0; g < gemms; ++g) totals[g].count.*field.member = values[g];
  }
  reals("time_dense", [](GemmTotal& total, double value) { total.time.dense = value; });
  reals("time", [](GemmTotal& total, double value) { total.time.reuse = value; });
  if (has_bounds(run)) {
    reals("time_fixed_stalls", [](GemmTotal& total, double value) { total.bounds.fixed = {value}; });
    reals("time_scaled_stalls", [](GemmTotal& total, double value) { total.bounds.scaled = {value}; });
  }
  for (const record::EnergyPart& part : record::energy_parts()) {
    const std::string name = "energy_" + std::string(part.name);
    reals(name + "_dense", [&](GemmTotal& total, double value) { total.energy_dense.*part.member = {value}; });
    reals(name, [&](GemmTotal& total, double value) { total.energy.*part.member = {value}; });
  }
  return totals;
}

void add(GemmTotal& total, const GemmTotal& part) {
  total.count += part.count;
  total.time.dense += part.time.dense;
  total.time.reuse += part.time.reuse;
  total.energy_dense += part.energy_dense;
  total.energy += part.energy;
  total.bounds += part.bounds;
}

/// Totals of GEMMs that share a name, in the order in which the names first come.
std::vector<GemmTotal> grouped(const std::vector<GemmTotal>& gemms, const std::vector<std::string>& names) {
  std::vector<GemmTotal> groups;
  for (std::size_t g = 0; g < gemms.size(); ++g) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const GemmTotal& t) { return t.name == names[g]; });
    if (group == groups.end()) group = groups.insert(groups.end(), GemmTotal{.name = names[g]});
    add(*group, gemms[g]);
  }
  return groups;
}

Spread spread(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {*least, std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), *most};
}

NodeSpread node_spread(const RunReader& run) {
  const auto nodes = static_cast<std::size_t>(run.nodes());
  const auto total = [&](const char* name) { return sum_cells<double>(run, "nodes/" + std::string(name), nodes); };
  const auto gains = [&](const char* name) {
    const std::vector<double> dense = total((std::string(name) + "_dense").c_str()), reuse = total(name);
    std::vector<Gain> result;
    for (std::size_t n = 0; n < nodes; ++n) result.push_back({dense[n], reuse[n]});
    return result;
  };
  const std::vector<double> time = total("time"), wait = total("wait_time");
  std::vector<double> avoided, speed_up, saved, waiting;
  for (const Gain& gain : gains("mults")) avoided.push_back(gain.saved());
  for (const Gain& gain : gains("time")) speed_up.push_back(gain.speed_up());
  for (const Gain& gain : gains("energy")) saved.push_back(gain.saved());
  for (std::size_t n = 0; n < nodes; ++n) waiting.push_back(share(wait[n], time[n] + wait[n]));
  return {spread(avoided), spread(speed_up), spread(saved), spread(waiting)};
}

reuse::ReuseCount total_count(const RunReader& run) {
  reuse::ReuseCount count;
  const auto nodes = static_cast<std::size_t>(run.nodes());
  for (const reuse::CountField& field : reuse::count_fields) {
    const auto values = sum_cells<std::uint64_t>(run, "nodes/" + std::string(field.name), nodes);
    count.*field.member = std::accumulate(values.begin(), values.end(), std::uint64_t{0});
  }
  return count;
}

void read_accuracy(const RunReader& run, Summary& summary) {
  const std::string group = summary.epochs > 0 ? "epochs/train_" : "steps/";
  const std::int64_t rows = summary.epochs > 0 ? summary.epochs : summary.steps;
  if (rows == 0) return;
  summary.train_loss = run.column<double>(group + "loss", {rows - 1, rows}).front();
  summary.train_accuracy = run.column<double>(group + "accuracy", {rows - 1, rows}).front();
  for (const double accuracy : run.column<double>("epochs/test_accuracy")) {
    if (std::isnan(accuracy)) continue;
    summary.test_accuracy = accuracy;
    summary.best_test_accuracy = std::fmax(summary.best_test_accuracy, accuracy);
  }
}

void read_energy(const RunReader& run, Summary& summary) {
  for (const GemmTotal& gemm : summary.gemms) {
    summary.core.dense += gemm.energy_dense.core().value;
    summary.core.reuse += gemm.energy.core().value;
    summary.with_sram.dense += gemm.energy_dense.with_sram().value;
    summary.with_sram.reuse += gemm.energy.with_sram().value;
  }
  summary.with_dram = {sum(run, "nodes/energy_dense"), sum(run, "nodes/energy")};
  summary.with_interconnect = {sum(run, "steps/energy_dense"), sum(run, "steps/energy")};
}

BoundGain bound(const RunReader& run, const std::string& stalls) {
  if (!has_bounds(run)) return {};
  return {{sum(run, "steps/time_dense"), sum(run, "steps/time_" + stalls)},
          {sum(run, "steps/energy_dense"), sum(run, "steps/energy_" + stalls)}};
}

std::int64_t count_skipped(const RunReader& run) {
  std::int64_t skipped = 0;
  in_pieces(run.rows("steps"), [&](Range rows) {
    for (const std::int64_t flag : run.column<std::int64_t>("steps/skipped", rows)) skipped += flag != 0;
  });
  return skipped;
}

std::int64_t count_decisions(const RunReader& run) {
  auto steps = run.column<std::int64_t>("controller/step");
  std::sort(steps.begin(), steps.end());
  return std::unique(steps.begin(), steps.end()) - steps.begin();
}

}  // namespace

double Gain::speed_up() const { return share(dense, reuse); }
double Gain::saved() const { return dense == 0 ? Summary::unknown : 1 - reuse / dense; }

double GemmTotal::mults_avoided() const { return mults_of(count).saved(); }
double GemmTotal::beats_avoided() const { return beats_of(count).saved(); }
double GemmTotal::zero_share() const { return zero_share_of(count); }
double Summary::mults_avoided() const { return mults_of(count).saved(); }
double Summary::beats_avoided() const { return beats_of(count).saved(); }
double Summary::zero_share() const { return zero_share_of(count); }

Summary summarize(const RunReader& run) {
  Summary summary;
  summary.state = run.state();
  summary.steps = run.rows("steps");
  summary.epochs = run.rows("epochs");
  summary.nodes = run.nodes();
  summary.bit_reproducible = run.bit_reproducible();
  summary.skipped_steps = count_skipped(run);
  read_accuracy(run, summary);
  summary.count = total_count(run);
  summary.time = {sum(run, "steps/time_dense"), sum(run, "steps/time")};
  summary.fixed_stalls = bound(run, "fixed_stalls");
  summary.scaled_stalls = bound(run, "scaled_stalls");
  summary.gemms = gemm_totals(run);
  std::vector<std::string> layers, roles;
  for (const network::GemmInfo& gemm : run.gemms())
    layers.push_back(gemm.layer), roles.push_back(reuse::name(gemm.role));
  summary.layers = grouped(summary.gemms, layers);
  summary.roles = grouped(summary.gemms, roles);
  read_energy(run, summary);
  summary.spread = node_spread(run);
  summary.decisions = count_decisions(run);
  return summary;
}

}  // namespace acrtc::study
