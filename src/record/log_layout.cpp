#include "acrtc/record/log_layout.hpp"

#include <array>
#include <limits>

namespace acrtc::record {
namespace {

using control::Decision;
using control::Evidence;
using train::EpochRecord;
using train::GemmInterval;
using train::NodeRecord;
using train::StepRecord;

constexpr const char* no_yes[] = {"no", "yes"};
constexpr const char* role_names[] = {"forward", "grad_input", "grad_weight"};

template <class Unit>
constexpr const char* units_of = nullptr;
template <>
constexpr const char* units_of<Seconds> = "s";
template <>
constexpr const char* units_of<Joules> = "J";
template <>
constexpr const char* units_of<Bytes> = "byte";
template <>
constexpr const char* units_of<Cycles> = "1";

template <class Record, class Unit>
Column<Record> quantity(std::string name, std::string long_name, Quantity<Unit> Record::*member) {
  typename Column<Record>::template Get<double> get = [member](const Record& r) { return (r.*member).value; };
  return {std::move(name), units_of<Quantity<Unit>>, std::move(long_name), std::move(get)};
}

/// A plain number that stands in the record as it is.
template <class Record, class T>
Column<Record> plain(std::string name, std::string long_name, T Record::*member, std::string units = "1") {
  typename Column<Record>::template Get<T> get = member;
  return {std::move(name), std::move(units), std::move(long_name), std::move(get)};
}

/// A number made from the record by `get`: double, uint64 or int64.
template <class Record, class T>
Column<Record> made(std::string name, std::string long_name, T (*get)(const Record&), std::string units = "1") {
  typename Column<Record>::template Get<T> function = get;
  return {std::move(name), std::move(units), std::move(long_name), std::move(function)};
}

/// A code with its names.
template <class Record>
Column<Record> code(std::string name, std::string long_name, int (*get)(const Record&),
                    std::span<const char* const> names) {
  typename Column<Record>::template Get<std::uint8_t> function = [get](const Record& r) {
    return static_cast<std::uint8_t>(get(r));
  };
  return {std::move(name), "1", std::move(long_name), std::move(function), names};
}

/// The ten operation counts of a record with a member `count`.
template <class Record>
void add_counts(std::vector<Column<Record>>& columns) {
  for (const reuse::CountField& field : reuse::count_fields) {
    typename Column<Record>::template Get<std::uint64_t> get = [member = field.member](const Record& r) {
      return r.count.*member;
    };
    columns.push_back({field.name, "1", field.long_name, std::move(get)});
  }
}

Column<GemmInterval> cost(std::string name, std::string units, std::string long_name,
                          double (*get)(const hardware::Cost&), hardware::Cost hardware::CostPair::*which) {
  Column<GemmInterval>::Get<double> function = [get, which](const GemmInterval& g) { return get(g.cost.*which); };
  return {std::move(name), std::move(units), std::move(long_name), std::move(function)};
}

/// `name_dense` and `name`, side by side.
void add_cost(std::vector<Column<GemmInterval>>& columns, const std::string& name, const std::string& units,
              const std::string& long_name, double (*get)(const hardware::Cost&)) {
  columns.push_back(cost(name + "_dense", units, long_name + ", nothing reused", get, &hardware::CostPair::dense));
  columns.push_back(cost(name, units, long_name, get, &hardware::CostPair::reuse));
}

void add_energy_part(std::vector<Column<GemmInterval>>& columns, const EnergyPart& part,
                     hardware::Cost hardware::CostPair::*which, const std::string& suffix) {
  Column<GemmInterval>::Get<double> get = [which, member = part.member](const GemmInterval& g) {
    return ((g.cost.*which).energy.*member).value;
  };
  columns.push_back(
      {"energy_" + std::string(part.name) + suffix, "J",
       "emulated energy of the part '" + std::string(part.name) + "'" + (suffix.empty() ? "" : ", nothing reused"),
       std::move(get)});
}

double zero_fraction(const GemmInterval& g) {
  if (g.count.elements == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(g.count.zeros) / static_cast<double>(g.count.elements);
}

}  // namespace

std::span<const EnergyPart> energy_parts() {
  using hardware::EnergyParts;
  static constexpr EnergyPart parts[] = {
      {"multiply", &EnergyParts::multiply}, {"add", &EnergyParts::add},   {"compare", &EnergyParts::compare},
      {"steer", &EnergyParts::steer},       {"beat", &EnergyParts::beat}, {"registers", &EnergyParts::registers},
      {"sram", &EnergyParts::sram},         {"dram", &EnergyParts::dram}, {"static", &EnergyParts::static_power},
  };
  return parts;
}

const std::vector<Column<StepRecord>>& step_columns() {
  using R = StepRecord;
  static const std::vector<Column<R>> columns = {
      plain("step", "training step, from 0", &R::step),
      plain("epoch", "epoch, from 0", &R::epoch),
      code<R>(
          "phase", "phase of training as the controller sees it", [](const R& r) { return static_cast<int>(r.phase); },
          control::phase_names),
      plain("loss", "training loss, mean over the global batch", &R::loss),
      plain("accuracy", "training accuracy on the global batch", &R::accuracy),
      plain("learning_rate", "learning rate of this step", &R::learning_rate),
      plain("loss_scale", "factor on the loss that keeps fp16 gradients in range", &R::loss_scale),
      plain("gradient_norm", "norm of the mean gradient over all nodes", &R::gradient_norm),
      made<R, double>("probe_error", "relative error of sampled GEMMs under reuse; NaN where no probe ran",
                      [](const R& r) { return r.probe.error; }),
      made<R, double>("probe_gradient_error",
                      "relative error of sampled weight gradients under reuse; NaN where no probe ran",
                      [](const R& r) { return r.probe.gradient_error; }),
      code<R>(
          "skipped", "gradients overflowed and the weights did not move", [](const R& r) { return int{r.skipped}; },
          no_yes),
      quantity("time_dense", "emulated time, nothing reused", &R::time_dense),
      quantity("time", "emulated time: slowest node and exposed interconnect", &R::time),
      quantity("energy_dense", "emulated energy of all nodes and the interconnect, nothing reused", &R::energy_dense),
      quantity("energy", "emulated energy of all nodes and the interconnect", &R::energy),
      made<R, double>(
          "time_fixed_stalls", "emulated time, were stalls of a kind that reuse does not shorten",
          [](const R& r) { return r.fixed_stalls.time.value; }, "s"),
      made<R, double>(
          "time_scaled_stalls", "emulated time, were stalls of a kind that shrinks with the work",
          [](const R& r) { return r.scaled_stalls.time.value; }, "s"),
      made<R, double>(
          "energy_fixed_stalls", "emulated energy, were stalls of a kind that reuse does not shorten",
          [](const R& r) { return r.fixed_stalls.energy.value; }, "J"),
      made<R, double>(
          "energy_scaled_stalls", "emulated energy, were stalls of a kind that shrinks with the work",
          [](const R& r) { return r.scaled_stalls.energy.value; }, "J"),
      quantity("interconnect_time", "emulated time of the interconnect that computation does not hide",
               &R::interconnect_time),
      quantity("interconnect_energy", "emulated energy of the interconnect", &R::interconnect_energy),
      plain("wall_seconds", "real time since the run began", &R::wall_seconds, "s"),
      made<R, std::uint64_t>("samples", "training samples seen so far",
                             [](const R& r) { return static_cast<std::uint64_t>(r.samples); }),
      plain("weights_hash", "hash of all weights after the step; 0 where not computed", &R::weights_hash),
  };
  return columns;
}

const std::vector<Column<StepRecord>>& node_step_columns() {
  static const std::vector<Column<StepRecord>> columns = {plain("step", "training step, from 0", &StepRecord::step)};
  return columns;
}

const std::vector<Column<NodeRecord>>& node_columns() {
  using R = NodeRecord;
  static const std::vector<Column<R>> columns = [] {
    std::vector<Column<R>> result = {
        plain("loss", "training loss, mean over the node's batch", &R::loss),
        plain("gradient_norm", "norm of the node's own mean gradient", &R::gradient_norm),
    };
    add_counts(result);
    result.push_back(quantity("time_dense", "emulated computing time, nothing reused", &R::time_dense));
    result.push_back(quantity("time", "emulated computing time", &R::time));
    result.push_back(quantity("energy_dense", "emulated energy, nothing reused", &R::energy_dense));
    result.push_back(quantity("energy", "emulated energy", &R::energy));
    result.push_back(quantity("dram_bytes", "bytes moved to and from DRAM", &R::dram_bytes));
    result.push_back(quantity("wait_time", "emulated time lost to slower nodes", &R::wait_time));
    return result;
  }();
  return columns;
}

const std::vector<Column<IntervalRow>>& interval_columns() {
  using R = IntervalRow;
  static const std::vector<Column<R>> columns = {
      plain("interval", "number of the row", &R::interval),
      made<R, std::int64_t>("step_begin", "first step of the interval", [](const R& r) { return r.record.step_begin; }),
      made<R, std::int64_t>("step_end", "step after the interval's last", [](const R& r) { return r.record.step_end; }),
      code<R>(
          "exact", "one step by itself, also contained in an interval", [](const R& r) { return int{r.record.exact}; },
          no_yes),
  };
  return columns;
}

const std::vector<Column<GemmInterval>>& gemm_columns() {
  using R = GemmInterval;
  using hardware::Cost;
  static const std::vector<Column<R>> columns = [] {
    std::vector<Column<R>> result;
    add_counts(result);
    result.push_back(
        made<R, double>("zero_fraction", "share of the compared operand's elements that are zero", zero_fraction));
    result.push_back(made<R, std::int64_t>("strength", "strength of reuse at the interval's end; -1 = off",
                                           [](const R& r) { return std::int64_t{r.strength.level}; }));
    add_cost(result, "cycles", "1", "emulated cycles of the tensor cores",
             [](const Cost& c) { return c.cycles.value; });
    add_cost(result, "time", "s", "emulated time", [](const Cost& c) { return c.time.value; });
    result.push_back(cost(
        "time_fixed_stalls", "s", "emulated time, were stalls of a kind that reuse does not shorten",
        [](const Cost& c) { return c.bounds.fixed.value; }, &hardware::CostPair::reuse));
    result.push_back(cost(
        "time_scaled_stalls", "s", "emulated time, were stalls of a kind that shrinks with the work",
        [](const Cost& c) { return c.bounds.scaled.value; }, &hardware::CostPair::reuse));
    add_cost(result, "dram_bytes", "byte", "bytes moved to and from DRAM",
             [](const Cost& c) { return c.dram_bytes.value; });
    add_cost(result, "energy", "J", "emulated energy", [](const Cost& c) { return c.energy.total().value; });
    for (const EnergyPart& part : energy_parts()) {
      add_energy_part(result, part, &hardware::CostPair::dense, "_dense");
      add_energy_part(result, part, &hardware::CostPair::reuse, "");
    }
    return result;
  }();
  return columns;
}

const std::vector<Column<EpochRecord>>& epoch_columns() {
  using R = EpochRecord;
  static const std::vector<Column<R>> columns = {
      plain("epoch", "epoch, from 0", &R::epoch),
      plain("train_loss", "training loss, mean over the epoch", &R::train_loss),
      plain("train_accuracy", "training accuracy over the epoch", &R::train_accuracy),
      plain("test_loss", "loss on the test split; NaN where not evaluated", &R::test_loss),
      plain("test_accuracy", "accuracy on the test split; NaN where not evaluated", &R::test_accuracy),
      quantity("time_dense", "emulated time, nothing reused", &R::time_dense),
      quantity("time", "emulated time", &R::time),
      quantity("energy_dense", "emulated energy, nothing reused", &R::energy_dense),
      quantity("energy", "emulated energy", &R::energy),
      plain("wall_seconds", "real time of the epoch, test included", &R::wall_seconds, "s"),
      plain("replaced_samples", "training and test samples that were broken and replaced by others",
            &R::replaced_samples),
  };
  return columns;
}

const std::vector<Column<DecisionRow>>& decision_columns() {
  using R = DecisionRow;
  static const std::vector<Column<R>> columns = {
      plain("decision", "number of the row", &R::decision),
      made<R, std::int64_t>("step", "first step that the decision holds for", [](const R& r) { return r.record.step; }),
      code<R>(
          "phase", "phase of training", [](const R& r) { return static_cast<int>(r.record.phase); },
          control::phase_names),
      plain("layer", "index into /network; -1 = all layers", &R::layer),
      code<R>(
          "role", "role of the GEMMs", [](const R& r) { return static_cast<int>(r.role); }, role_names),
      made<R, std::int64_t>("strength", "strength of reuse; -1 = off",
                            [](const R& r) { return std::int64_t{r.record.strengths[r.role].level}; }),
      code<R>(
          "reason", "why the controller decided", [](const R& r) { return static_cast<int>(r.record.reason); },
          control::reason_names),
      made<R, double>("z", "fall of the loss between two windows, in standard errors",
                      [](const R& r) { return r.record.evidence.z; }),
      made<R, double>("loss_mean", "mean loss of the last window",
                      [](const R& r) { return r.record.evidence.loss_mean; }),
      made<R, double>("loss_slope", "change of the loss a step from the window before to the last",
                      [](const R& r) { return r.record.evidence.loss_slope; }),
      made<R, double>("probe_error", "relative error of sampled GEMMs under reuse, in the last probe",
                      [](const R& r) { return r.record.evidence.probe_error; }),
      made<R, double>("probe_gradient_error",
                      "relative error of sampled weight gradients under reuse, in the last probe",
                      [](const R& r) { return r.record.evidence.probe_gradient_error; }),
      made<R, double>("noise", "mean norm of the nodes' own gradients by the norm of their mean; 1 where all agree",
                      [](const R& r) { return r.record.evidence.noise; }),
  };
  return columns;
}

}  // namespace acrtc::record
