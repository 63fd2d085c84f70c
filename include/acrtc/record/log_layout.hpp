#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "acrtc/control/policy.hpp"
#include "acrtc/network/gemm_runner.hpp"
#include "acrtc/reuse/role.hpp"
#include "acrtc/train/records.hpp"

/// The run log's names, units and meanings, all in this one place.
///
///   group         row        cells of a row   columns
///   /steps        step                        step_columns()
///   /nodes        step       node             node_step_columns(), node_columns()
///   /layers       interval   node x gemm      interval_columns(), gemm_columns()
///   /epochs       epoch                       epoch_columns()
///   /controller   decision                    decision_columns()
///   /network      layer                       fixed: layer, kind, axis, input_shape, output_shape, input_elements,
///                                             fused, parameters, macs; attributes: see PricedPass
///   /network/gemms  gemm                      fixed: gemm, layer, role, m, n, k, calls, stored_input; attributes
///                                             format, lanes, window
///   /state                                    one code, see RunState
///
/// Counts, energies and times of an interval are sums over its steps. A GEMM's time is the largest of three; of sums
/// the largest is not the sum of the largest: other hardware is priced exactly on rows of one exact step alone.
///
/// Every column carries `units` (UDUNITS) and `long_name`; a column of codes also `names`, where code i is called
/// names[i]. The first column of a group is the scale of its rows; `node` and `gemm` are scales of the cells.
namespace acrtc::record {

inline constexpr const char* log_format = "acrtc-run";
inline constexpr std::int64_t log_format_major = 1;
inline constexpr const char* log_format_version = "1.2";

/// Where a run stands. A log that says `running` while nobody writes it belongs to a run that was killed.
enum class RunState { running, finished, interrupted, failed };
inline constexpr const char* run_state_names[] = {"running", "finished", "interrupted", "failed"};

/// The root's attribute `sync`, by train::Sync. With `iallreduce` another number of ranks is other bits.
inline constexpr const char* sync_names[] = {"tree", "iallreduce"};

/// The groups that gain rows while a run goes on.
inline constexpr const char* row_groups[] = {"steps", "nodes", "layers", "epochs", "controller"};
/// False for the scales of cells, which stand in the same groups but have another length.
constexpr bool is_row_column(std::string_view name) { return name != "node" && name != "gemm"; }
/// True for columns of real time, which no two runs share.
constexpr bool is_wall_column(std::string_view name) { return name.starts_with("wall_"); }

/// One column: what it is called and how it follows from a record.
template <class Record>
struct Column {
  template <class T>
  using Get = std::function<T(const Record&)>;

  std::string name, units, long_name;
  std::variant<Get<double>, Get<std::uint64_t>, Get<std::int64_t>, Get<std::uint8_t>> value;
  std::span<const char* const> codes = {};  ///< names of the codes, for a column of codes
};

/// A row of /layers.
struct IntervalRow {
  std::int64_t interval = 0;
  const train::LayerRecord& record;
};

/// A row of /controller: a decision as far as it concerns one role.
struct DecisionRow {
  std::int64_t decision = 0;
  std::int64_t layer = -1;  ///< index into /network; -1 = all layers
  reuse::Role role = reuse::Role::forward;
  const control::Decision& record;
};

/// What the cost of a node's step follows from, beside the layers, the GEMMs and their counts: for whoever prices a log
/// on other hardware. Attributes of /network under these names.
struct PricedPass {
  std::int64_t batch = 1;          ///< samples a node and step
  std::int64_t micro_batches = 1;  ///< of so many equal parts each is GEMMs by itself
  network::WeightGradientOperand weight_gradient_operand = network::WeightGradientOperand::x;
  double input_bytes = 0;      ///< of one sample, read from DRAM
  double optimizer_bytes = 0;  ///< moved by the optimizer for one parameter
};
inline constexpr const char* weight_gradient_operand_names[] = {"x", "dy"};

const std::vector<Column<train::StepRecord>>& step_columns();
const std::vector<Column<train::StepRecord>>& node_step_columns();
const std::vector<Column<train::NodeRecord>>& node_columns();
const std::vector<Column<IntervalRow>>& interval_columns();
const std::vector<Column<train::GemmInterval>>& gemm_columns();
const std::vector<Column<train::EpochRecord>>& epoch_columns();
const std::vector<Column<DecisionRow>>& decision_columns();

/// One part of hardware::EnergyParts, in /layers as `energy_<name>_dense` and `energy_<name>`.
struct EnergyPart {
  const char* name;
  Joules hardware::EnergyParts::*member;
};
std::span<const EnergyPart> energy_parts();

}  // namespace acrtc::record
