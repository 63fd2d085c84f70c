#include "run_summary.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "config_file.hpp"

namespace acrtc::app {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// All columns of one row group that a Part is made of: cell i of each belongs to one part.
class PartColumns {
 public:
  PartColumns(const record::RunReader& reader, const std::string& group)
      : time_dense_(reader.column<double>(group + "/time_dense")),
        time_(reader.column<double>(group + "/time")),
        energy_dense_(reader.column<double>(group + "/energy_dense")),
        energy_(reader.column<double>(group + "/energy")) {
    for (const reuse::CountField& field : reuse::count_fields)
      counts_.push_back(reader.column<std::uint64_t>(group + "/" + field.name));
  }

  std::size_t cells() const { return time_.size(); }
  void add(std::size_t cell, Part& part) const {
    for (std::size_t f = 0; f < counts_.size(); ++f) part.count.*reuse::count_fields[f].member += counts_[f][cell];
    part.time_dense += Seconds{time_dense_[cell]}, part.time += Seconds{time_[cell]};
    part.energy_dense += Joules{energy_dense_[cell]}, part.energy += Joules{energy_[cell]};
  }

 private:
  std::vector<double> time_dense_, time_, energy_dense_, energy_;
  std::vector<std::vector<std::uint64_t>> counts_;
};

Part& find_or_add(std::vector<Part>& parts, const std::string& name) {
  const auto it = std::ranges::find(parts, name, &Part::name);
  if (it != parts.end()) return *it;
  parts.emplace_back().name = name;
  return parts.back();
}

void read_nodes(const record::RunReader& reader, RunSummary& summary) {
  for (std::int64_t node = 0; node < summary.nodes; ++node)
    summary.per_node.emplace_back().name = "node " + std::to_string(node);
  const PartColumns columns(reader, "nodes");
  for (std::size_t cell = 0; cell < columns.cells(); ++cell)
    columns.add(cell, summary.per_node[cell % summary.per_node.size()]);
}

void read_gemms(const record::RunReader& reader, RunSummary& summary) {
  const auto& gemms = reader.gemms();
  if (gemms.empty() || reader.rows("layers") == 0) return;
  const PartColumns columns(reader, "layers");
  const auto exact = reader.column<std::int64_t>("layers/exact");
  const std::size_t row = gemms.size() * static_cast<std::size_t>(summary.nodes);
  for (std::size_t cell = 0; cell < columns.cells(); ++cell) {
    if (exact[cell / row]) continue;  // exact steps are in the intervals already
    const network::GemmInfo& gemm = gemms[cell % gemms.size()];
    columns.add(cell, find_or_add(summary.layers, gemm.layer));
    columns.add(cell, find_or_add(summary.roles, reuse::name(gemm.role)));
  }
}

void read_epochs(const record::RunReader& reader, RunSummary& summary) {
  summary.epochs = reader.rows("epochs");
  const auto last = [&](const std::string& name) {
    const auto values = reader.column<double>("epochs/" + name);
    return values.empty() ? std::numeric_limits<double>::quiet_NaN() : values.back();
  };
  summary.train_loss = last("train_loss");
  summary.test_loss = last("test_loss");
  summary.test_accuracy = last("test_accuracy");
}

std::string scheme_name(const record::RunReader& reader) {
  const Table table = parse_toml(reader.provenance().configuration, reader.path().string());
  const Value* reuse = table.find("reuse");
  const Value* scheme = reuse && reuse->table() ? reuse->table()->find("scheme") : nullptr;
  const auto* text = scheme ? std::get_if<std::string>(&scheme->data()) : nullptr;
  return text ? *text : "unknown";
}

}  // namespace

double Part::mults_avoided() const { return share(count.mults_dense - count.mults, count.mults_dense); }
double Part::zeros_of_reuse() const { return share(count.reused_zero, count.reused); }

RunSummary summarize(const std::filesystem::path& path) {
  const record::RunReader reader(path);
  RunSummary summary{.path = path.string(),
                     .scheme = scheme_name(reader),
                     .format = reuse::name(reader.format()),
                     .state = record::run_state_names[static_cast<int>(reader.state())],
                     .seed = reader.provenance().seed,
                     .nodes = reader.nodes(),
                     .ranks = reader.provenance().ranks,
                     .steps = reader.rows("steps"),
                     .all = {},
                     .layers = {},
                     .roles = {},
                     .per_node = {}};
  if (summary.steps == 0) throw UserError("cannot report on '" + path.string() + "'", "it holds no step yet");
  read_nodes(reader, summary);
  read_gemms(reader, summary);
  read_epochs(reader, summary);
  summary.all.name = "all";
  for (const Part& node : summary.per_node) summary.all.count += node.count;
  summary.all.time_dense = {sum(reader.column<double>("steps/time_dense"))};
  summary.all.time = {sum(reader.column<double>("steps/time"))};
  summary.all.energy_dense = {sum(reader.column<double>("steps/energy_dense"))};
  summary.all.energy = {sum(reader.column<double>("steps/energy"))};
  return summary;
}

std::string overview(const RunSummary& run) {
  const Part& all = run.all;
  std::string text = fmt::format("{}: {} with {}, seed {}, {} nodes, {} steps, {} epochs, {}\n\n", run.path, run.scheme,
                                 run.format, run.seed, run.nodes, run.steps, run.epochs, run.state);
  text += fmt::format("test accuracy        {:.2f} % (loss {:.4f})\n", 100 * run.test_accuracy, run.test_loss);
  text += fmt::format("mults avoided        {:.1f} % ({:.1f} % of what was reused are zeros)\n",
                      100 * all.mults_avoided(), 100 * all.zeros_of_reuse());
  text += fmt::format("emulated time        {} dense, {} with reuse\n", si_text(all.time_dense.value, "s"),
                      si_text(all.time.value, "s"));
  text += fmt::format("                     {:.1f} % less time; speed-up {:.3f}, {:.1f} % faster\n",
                      100 * all.time_saved(), all.speed_up(), 100 * (all.speed_up() - 1));
  text += fmt::format("emulated energy      {} dense, {} with reuse: {:.1f} % saved\n",
                      si_text(all.energy_dense.value, "J"), si_text(all.energy.value, "J"), 100 * all.energy_saved());
  text += "\"33 % faster\" can mean a speed-up of 1.33 (24.8 % less time) or 33 % less time (speed-up 1.49).\n";
  return text;
}

}  // namespace acrtc::app
