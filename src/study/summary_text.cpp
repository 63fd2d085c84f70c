#include <algorithm>
#include <ostream>

#include "acrtc/base/text.hpp"
#include "acrtc/study/summary.hpp"
#include "numbers.hpp"

namespace acrtc::study {
namespace {

void line(std::ostream& out, const char* label, const std::string& text) { out << padded(label, 23) << text << '\n'; }

std::string energy_text(const Gain& energy) {
  return percent(energy.saved()) + " saved (" + si_text(energy.dense, "J") + " -> " + si_text(energy.reuse, "J") + ")";
}

std::string bound_text(const BoundGain& gain) {
  return "speed-up " + times(gain.time.speed_up()) + ", " + percent(gain.time.saved()) + " of time, " +
         percent(gain.energy.saved()) + " of energy saved";
}

std::string spread_text(const Spread& spread, std::string (*text)(double)) {
  return text(spread.least) + " .. " + text(spread.mean) + " .. " + text(spread.most);
}

void print_totals(std::ostream& out, const Summary& s) {
  line(out, "state",
       std::string(record::run_state_names[static_cast<int>(s.state)]) + ", " + std::to_string(s.steps) + " steps, " +
           std::to_string(s.epochs) + " epochs, " + std::to_string(s.nodes) + " nodes");
  if (!s.bit_reproducible) line(out, "gradient sum", "by MPI's all-reduce: not bit-reproducible on other ranks");
  if (s.skipped_steps > 0) line(out, "skipped steps", std::to_string(s.skipped_steps));
  line(out, "training", "loss " + number("%.4f", s.train_loss) + ", accuracy " + accuracy_text(s.train_accuracy));
  line(out, "test accuracy", accuracy_text(s.test_accuracy) + " (best " + accuracy_text(s.best_test_accuracy) + ")");
  line(out, "multiplications", percent(s.mults_avoided()) + " avoided");
  line(out, "beats", percent(s.beats_avoided()) + " avoided (lanes of a group advance together)");
  line(out, "zeros among reused", percent(s.zero_share()));
  line(out, "time",
       si_text(s.time.dense, "s") + " -> " + si_text(s.time.reuse, "s") + ": speed-up " + times(s.time.speed_up()) +
           ", " + percent(s.time.saved()) + " saved");
  line(out, "  \"33 % faster\" is", "1.33x (24.8 % saved), or 33 % saved (1.49x)");
  line(out, "  if stalls stay", bound_text(s.fixed_stalls));
  line(out, "  if stalls shrink", bound_text(s.scaled_stalls));
  line(out, "energy of cores", energy_text(s.core));
  line(out, "  with SRAM", energy_text(s.with_sram));
  line(out, "  with DRAM and static", energy_text(s.with_dram));
  line(out, "  with interconnect", energy_text(s.with_interconnect));
  line(out, "decisions", std::to_string(s.decisions));
}

/// A column of a table of GEMMs, as wide as its head.
struct TableColumn {
  std::string head;
  std::string (*text)(const GemmTotal&);
};

const TableColumn table_columns[] = {
    {"mults less", [](const GemmTotal& total) { return percent(total.mults_avoided()); }},
    {"beats less", [](const GemmTotal& total) { return percent(total.beats_avoided()); }},
    {"   zeros", [](const GemmTotal& total) { return percent(total.zero_share()); }},
    {" speed-up", [](const GemmTotal& total) { return times(total.time.speed_up()); }},
    {"energy less", [](const GemmTotal& total) { return percent(total.total_energy().saved()); }},
};

/// Within 80 columns for names of up to 24 characters; longer ones push the numbers to the right.
void print_table(std::ostream& out, const std::string& title, const std::vector<GemmTotal>& rows) {
  std::size_t width = 24;
  for (const GemmTotal& row : rows) width = std::max(width, row.name.size());
  const auto print_row = [&](const std::string& name, const auto& cell) {
    out << padded(name, width);
    for (const TableColumn& column : table_columns) out << right_aligned(cell(column), column.head.size() + 1);
    out << '\n';
  };
  out << '\n';
  print_row(title, [](const TableColumn& column) { return column.head; });
  for (const GemmTotal& row : rows) print_row(row.name, [&](const TableColumn& column) { return column.text(row); });
}

}  // namespace

void print(std::ostream& out, const Summary& summary) {
  print_totals(out, summary);
  print_table(out, "layer", summary.layers);
  print_table(out, "role", summary.roles);
  out << "\nnodes (least .. mean .. most)\n";
  line(out, "multiplications less", spread_text(summary.spread.mults_avoided, percent));
  line(out, "speed-up", spread_text(summary.spread.speed_up, times));
  line(out, "energy less", spread_text(summary.spread.energy_saved, percent));
  line(out, "waiting", spread_text(summary.spread.wait_share, percent));
}

}  // namespace acrtc::study
