#include "disk_need.hpp"

#include <algorithm>
#include <iterator>
#include <variant>
#include <vector>

#include "acrtc/base/integer.hpp"
#include "acrtc/record/log_layout.hpp"
#include "acrtc/reuse/role.hpp"
#include "acrtc/store/group.hpp"

namespace acrtc::app {
namespace {

// Measured: what HDF5 needs to describe a file of the log's layout, and each column: its header with units and
// long_name, and the index of its chunks.
constexpr double bytes_a_log = 24 * 1024, bytes_a_column = 1100;

/// A column takes whole chunks of rows; a code is one byte, any other value eight.
template <class Record>
double columns_bytes(const std::vector<record::Column<Record>>& columns, std::int64_t rows, std::int64_t cells) {
  const std::int64_t chunk = store::column_chunk_rows(cells);
  const auto values = static_cast<double>(ceil_div(rows, chunk) * chunk * cells);
  double bytes = 0;
  for (const auto& column : columns) {
    const bool is_code =
        std::holds_alternative<typename record::Column<Record>::template Get<std::uint8_t>>(column.value);
    bytes += values * (is_code ? 1 : 8) + bytes_a_column;
  }
  return bytes;
}

double log_bytes(Job& job) {
  const train::TrainOptions& options = job.options();
  const auto [steps_an_epoch, steps] = job.length();
  const std::int64_t epochs = ceil_div(steps, steps_an_epoch);
  const std::int64_t intervals = epochs * ceil_div(std::min(steps, steps_an_epoch), options.sample_every),
                     exact_steps = ceil_div(steps, options.sample_every);
  const auto gemms = static_cast<std::int64_t>(job.model().network().gemms().list().size());
  const std::int64_t roles = std::ssize(reuse::roles);
  return bytes_a_log + columns_bytes(record::step_columns(), steps, 1) +
         columns_bytes(record::node_step_columns(), steps, 1) +
         columns_bytes(record::node_columns(), steps, options.nodes) +
         columns_bytes(record::interval_columns(), intervals + exact_steps, 1) +
         columns_bytes(record::gemm_columns(), intervals + exact_steps, options.nodes * gemms) +
         columns_bytes(record::epoch_columns(), epochs, 1) + columns_bytes(record::decision_columns(), roles, 1);
}

/// The operands of a GEMM as the run meets them: one that has many calls is captured more often.
double operand_bytes(Job& job) {
  double bytes = 0, calls = 0;
  for (const network::GemmInfo& gemm : job.model().network().gemms().list()) {
    bytes += static_cast<double>(gemm.calls * gemm.k * (gemm.m + gemm.n)) * sizeof(float);
    calls += static_cast<double>(gemm.calls);
  }
  return bytes / calls;
}

}  // namespace

DiskNeed disk_need(Job& job, const DiskPlan& plan) {
  const auto parameters = static_cast<double>(job.model().network().parameters().size()) * sizeof(float);
  const double state = parameters + job.optimizer_state_bytes();
  DiskNeed need{.log = log_bytes(job), .checkpoints = 0, .weights = parameters, .captures = 0};
  if (plan.checkpoints_kept > 0) need.checkpoints = static_cast<double>(plan.checkpoints_kept + 2) * state;
  if (plan.captured_gemms > 0) need.captures = 2 * static_cast<double>(plan.captured_gemms) * operand_bytes(job);
  return need;
}

}  // namespace acrtc::app
