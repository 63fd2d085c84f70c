#include "acrtc/record/run_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "acrtc/base/error.hpp"
#include "acrtc/store/copy.hpp"
#include "acrtc/train/gradient_sum.hpp"

namespace acrtc::record {
namespace {

std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

[[noreturn]] void reject(const store::Object& object, const std::string& why) {
  throw UserError("cannot read " + object.describe(), why, "repair the log or run again");
}

std::string text_attribute(const store::Object& object, const char* name) {
  return object.has_attribute(name) ? object.attribute_as<std::string>(name) : "";
}

std::int64_t least_rows(const store::Group& group) {
  auto least = std::numeric_limits<std::int64_t>::max();
  for (const std::string& name : group.datasets()) {
    if (!is_row_column(name)) continue;
    store::Dataset column = group.dataset(name);
    column.refresh();
    least = std::min(least, column.rows());
  }
  return least;
}

void list_datasets(const store::Group& group, const std::string& prefix, std::vector<std::string>& out) {
  for (const std::string& name : group.datasets()) out.push_back(prefix + name);
  for (const std::string& name : group.groups()) list_datasets(group.group(name), prefix + name + "/", out);
}

/// Throws unless the columns that this program knows have the cells that it reads.
template <class Columns>
void check_cells(const store::Group& group, const Columns& columns, std::int64_t cells) {
  for (const auto& column : columns)
    if (group.contains(column.name) && group.dataset(column.name).row_elements() != cells)
      reject(group.dataset(column.name), "its rows do not have " + std::to_string(cells) + " cells");
}

std::string group_of(const std::string& name) { return name.substr(0, name.rfind('/')); }

/// A column of a table with so many numbers in each row.
std::vector<std::int64_t> numbers(const store::Group& table, const char* name, std::size_t rows, std::int64_t cells) {
  const store::Dataset column = table.dataset(name);
  if (column.rows() != static_cast<std::int64_t>(rows) || column.row_elements() != cells)
    reject(column, "the other columns beside it do not fit");
  return column.read<std::int64_t>();
}

/// The same of a column that logs before 1.2 do not have: zeros.
std::vector<std::int64_t> numbers_or_zeros(const store::Group& table, const char* name, std::size_t rows) {
  return table.contains(name) ? numbers(table, name, rows, 1) : std::vector<std::int64_t>(rows);
}

SampleShape shape_at(const std::vector<std::int64_t>& numbers, std::size_t row) {
  return {numbers.at(3 * row), numbers.at(3 * row + 1), numbers.at(3 * row + 2)};
}

std::vector<network::LayerInfo> read_layers(const store::Group& network) {
  const auto names = network.dataset("layer").read_text(), kinds = network.dataset("kind").read_text();
  if (kinds.size() != names.size()) reject(network, "not every layer has a kind");
  const auto inputs = numbers(network, "input_shape", names.size(), 3),
             outputs = numbers(network, "output_shape", names.size(), 3),
             parameters = numbers(network, "parameters", names.size(), 1),
             macs = numbers(network, "macs", names.size(), 1),
             elements = numbers_or_zeros(network, "input_elements", names.size()),
             fused = numbers_or_zeros(network, "fused", names.size());
  std::vector<network::LayerInfo> layers;
  for (std::size_t i = 0; i < names.size(); ++i)
    layers.push_back({.name = names[i],
                      .kind = kinds[i],
                      .input = shape_at(inputs, i),
                      .output = shape_at(outputs, i),
                      .input_elements = elements[i],
                      .parameters = parameters[i],
                      .macs = macs[i],
                      .fused = fused[i] != 0});
  return layers;
}

/// A GEMM is called `layer/role`, or `layer.part/role` where its layer has several weights.
network::GemmInfo named_gemm(const std::string& name, const std::string& layer) {
  const std::string whole = group_of(name);
  if (layer.empty() || !whole.starts_with(layer + ".")) return {.layer = whole, .part = {}, .role = {}};
  return {.layer = layer, .part = whole.substr(layer.size() + 1), .role = {}};
}

std::vector<network::GemmInfo> read_gemms(const store::Group& group, const std::vector<network::LayerInfo>& layers) {
  const auto names = group.dataset("gemm").read_text();
  const auto column = [&](const char* name) { return numbers(group, name, names.size(), 1); };
  const auto layer = column("layer"), role = column("role"), m = column("m"), n = column("n"), k = column("k"),
             calls = column("calls"), stored = numbers_or_zeros(group, "stored_input", names.size());
  std::vector<network::GemmInfo> gemms;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto of = static_cast<std::size_t>(layer[i]);  // -1 = a part of no listed layer
    auto& gemm = gemms.emplace_back(named_gemm(names[i], of < layers.size() ? layers[of].name : ""));
    if (role[i] < 0 || role[i] >= std::ssize(reuse::roles)) reject(group, "a role code is unknown");
    gemm.role = static_cast<reuse::Role>(role[i]);
    gemm.m = m[i];
    gemm.n = n[i];
    gemm.k = k[i];
    gemm.calls = calls[i];
    gemm.stored_input = stored[i];
  }
  return gemms;
}

PricedPass read_pass(const store::Group& network) {
  PricedPass pass;
  if (!network.has_attribute("batch")) return pass;
  pass.batch = network.attribute_as<std::int64_t>("batch");
  pass.micro_batches = network.attribute_as<std::int64_t>("micro_batches");
  const auto operand = network.attribute_as<std::string>("weight_gradient_operand");
  const auto name = std::ranges::find(weight_gradient_operand_names, operand);
  if (name == std::end(weight_gradient_operand_names)) reject(network, "'" + operand + "' is no operand");
  pass.weight_gradient_operand =
      static_cast<network::WeightGradientOperand>(name - std::begin(weight_gradient_operand_names));
  pass.input_bytes = network.attribute_as<double>("input_bytes");
  pass.optimizer_bytes = network.attribute_as<double>("optimizer_bytes");
  return pass;
}

}  // namespace

RunReader::RunReader(const std::filesystem::path& path)
    : path_(path), file_(store::File::open(path, store::Access::follow)), root_(file_.root()) {
  check_format();
  format_version_ = text_attribute(root_, "format_version");
  provenance_ = read_provenance(root_);
  bit_reproducible_ = text_attribute(root_, "sync") != sync_names[static_cast<int>(train::Sync::iallreduce)];
  read_network();
  check_columns();
  refresh();
}

void RunReader::check_format() const {
  if (text_attribute(root_, "format") != log_format)
    throw UserError(quoted(path_) + " is no run log", "its attribute 'format' is not '" + std::string(log_format) + "'",
                    "give the file that `acrtc train` wrote");
  const std::string version = text_attribute(root_, "format_version");
  std::int64_t major = -1;
  std::from_chars(version.data(), version.data() + version.size(), major);
  if (major != log_format_major)
    throw UserError("cannot read " + quoted(path_),
                    "it is a run log of format version '" + version + "', this program reads version " +
                        std::to_string(log_format_major),
                    "use the program version that wrote it");
}

void RunReader::read_network() {
  const store::Group network = root_.group("network"), gemms = network.group("gemms");
  layers_ = read_layers(network);
  pass_ = read_pass(network);
  gemms_ = read_gemms(gemms, layers_);
  for (network::LayerInfo& layer : layers_)
    layer.has_gemm = std::any_of(gemms_.begin(), gemms_.end(), [&](const auto& g) { return g.layer == layer.name; });
  format_ = reuse::parse_format(gemms.attribute_as<std::string>("format"));
  lanes_ = gemms.attribute_as<std::int64_t>("lanes");
  window_ = gemms.attribute_as<std::int64_t>("window");
  nodes_ = root_.dataset("nodes/node").rows();
}

void RunReader::check_columns() const {
  check_cells(root_.group("steps"), step_columns(), 1);
  check_cells(root_.group("nodes"), node_step_columns(), 1);
  check_cells(root_.group("nodes"), node_columns(), nodes_);
  check_cells(root_.group("layers"), interval_columns(), 1);
  check_cells(root_.group("layers"), gemm_columns(), nodes_ * std::ssize(gemms_));
  check_cells(root_.group("epochs"), epoch_columns(), 1);
  check_cells(root_.group("controller"), decision_columns(), 1);
}

RunState RunReader::state() const {
  store::Dataset state = root_.dataset("state");
  state.refresh();
  if (state.rows() != 1) reject(state, "it is not one code");
  const auto code = state.read<std::int64_t>({0, 1}).front();
  if (code < 0 || code >= std::ssize(run_state_names))
    throw UserError("cannot read " + quoted(path_), "its state " + std::to_string(code) + " is unknown",
                    "use the program version that wrote it");
  return static_cast<RunState>(code);
}

std::int64_t RunReader::rows(const std::string& group) const {
  const auto it = rows_.find(group);
  require(it != rows_.end(), "'" + group + "' is no group of rows");
  return it->second;
}

template <class T>
std::vector<T> RunReader::column(const std::string& name, Range rows) const {
  require(0 <= rows.begin && rows.begin <= rows.end && rows.end <= this->rows(group_of(name)),
          "rows of '" + name + "' are asked for that the log does not have");
  return root_.dataset(name).read<T>(rows);
}

template <class T>
std::vector<T> RunReader::column(const std::string& name) const {
  return column<T>(name, {0, rows(group_of(name))});
}

template std::vector<double> RunReader::column(const std::string&, Range) const;
template std::vector<std::uint64_t> RunReader::column(const std::string&, Range) const;
template std::vector<std::int64_t> RunReader::column(const std::string&, Range) const;
template std::vector<double> RunReader::column(const std::string&) const;
template std::vector<std::uint64_t> RunReader::column(const std::string&) const;
template std::vector<std::int64_t> RunReader::column(const std::string&) const;

bool RunReader::contains(const std::string& name) const { return root_.contains(name); }

std::vector<std::string> RunReader::datasets() const {
  std::vector<std::string> names;
  list_datasets(root_, "", names);
  return names;
}

store::Dataset RunReader::dataset(const std::string& name) const { return root_.dataset(name); }

void RunReader::refresh() {
  for (const char* group : row_groups) rows_[group] = least_rows(root_.group(group));
}

void repair(const std::filesystem::path& from, const std::filesystem::path& to) {
  const RunReader source(from);
  const store::File file = store::File::open(from, store::Access::follow);
  store::write_atomically(to, [&](store::File& fresh) {
    store::copy_contents(file.root(), fresh.root(), store::Layout::packed);
    if (source.state() != RunState::running) return;
    const std::uint8_t interrupted[] = {static_cast<std::uint8_t>(RunState::interrupted)};
    fresh.root().dataset("state").overwrite(std::span<const std::uint8_t>(interrupted));
  });
}

}  // namespace acrtc::record
