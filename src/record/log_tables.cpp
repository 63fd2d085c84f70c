#include "log_tables.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace acrtc::record {
namespace {

using store::Dataset;
using store::Group;

Group prepared_root(const store::File& file, const RunDescription& description) {
  Group root = file.root();
  root.set_attribute("format", log_format);
  root.set_attribute("format_version", log_format_version);
  root.set_attribute("sync", sync_names[static_cast<std::size_t>(description.sync)]);
  write_provenance(root, description.provenance);
  for (const char* name : row_groups) root.create_group(name);
  return root;
}

Dataset create_state(Group& root) {
  constexpr std::uint8_t running[] = {static_cast<std::uint8_t>(RunState::running)};
  Dataset state = root.create("state", std::span<const std::uint8_t>(running), {1});
  state.set_attribute("units", "1");
  state.set_attribute("long_name", "where the run stands");
  state.set_attribute("names", std::vector<std::string>(std::begin(run_state_names), std::end(run_state_names)));
  return state;
}

void describe(Dataset dataset, const char* long_name) {
  dataset.set_attribute("units", "1");
  dataset.set_attribute("long_name", long_name);
}

Dataset create_names(Group& group, const std::string& name, const std::vector<std::string>& values,
                     const char* long_name) {
  Dataset scale = group.create_text(name, values);
  describe(scale, long_name);
  scale.make_scale(name);
  return scale;
}

/// One number for each element of `items`, of the type that `get` gives.
template <class Item, class Get>
void create_table(Group& group, const std::string& name, const char* long_name, const std::vector<Item>& items,
                  const Dataset& scale, Get&& get) {
  using T = std::invoke_result_t<Get, const Item&>;
  std::vector<T> values;
  for (const Item& item : items) values.push_back(get(item));
  Dataset table = group.create(name, std::span<const T>(values), {std::ssize(values)});
  describe(table, long_name);
  table.attach_scale(0, scale);
}

void create_shapes(Group& network, const std::string& name, const char* long_name,
                   const std::vector<network::LayerInfo>& layers, SampleShape network::LayerInfo::*shape,
                   const std::vector<Dataset>& scales) {
  std::vector<std::int64_t> values;
  for (const network::LayerInfo& layer : layers) {
    const SampleShape& s = layer.*shape;
    values.insert(values.end(), {s.channels, s.height, s.width});
  }
  Dataset table = network.create(name, std::span<const std::int64_t>(values), {std::ssize(layers), 3});
  describe(table, long_name);
  for (std::size_t d = 0; d < scales.size(); ++d) table.attach_scale(d, scales[d]);
}

void create_layers(Group network, const std::vector<network::LayerInfo>& layers) {
  using Info = network::LayerInfo;
  std::vector<std::string> names, kinds;
  for (const Info& layer : layers) names.push_back(layer.name), kinds.push_back(layer.kind);
  const Dataset scale = create_names(network, "layer", names, "name of the layer");
  Dataset kind = network.create_text("kind", kinds);
  describe(kind, "kind of the layer");
  kind.attach_scale(0, scale);
  const Dataset axis = create_names(network, "axis", {"channels", "height", "width"}, "axis of a sample's shape");
  create_shapes(network, "input_shape", "shape of one input sample", layers, &Info::input, {scale, axis});
  create_shapes(network, "output_shape", "shape of one output sample", layers, &Info::output, {scale, axis});
  create_table(network, "input_elements", "elements of all inputs of one sample", layers, scale,
               [](const Info& l) { return static_cast<std::uint64_t>(l.input_elements); });
  create_table(network, "fused", "1: a ReLU that the layer before does on its way out", layers, scale,
               [](const Info& l) { return static_cast<std::uint8_t>(l.fused); });
  create_table(network, "parameters", "number of parameters", layers, scale,
               [](const Info& l) { return static_cast<std::uint64_t>(l.parameters); });
  create_table(network, "macs", "multiply-accumulates of one sample's forward pass", layers, scale,
               [](const Info& l) { return static_cast<std::uint64_t>(l.macs); });
}

void write_pass(Group& network, const PricedPass& pass) {
  network.set_attribute("batch", pass.batch);
  network.set_attribute("micro_batches", pass.micro_batches);
  network.set_attribute("weight_gradient_operand",
                        weight_gradient_operand_names[static_cast<std::size_t>(pass.weight_gradient_operand)]);
  network.set_attribute("input_bytes", pass.input_bytes);
  network.set_attribute("optimizer_bytes", pass.optimizer_bytes);
}

std::int64_t layer_index(const std::vector<network::LayerInfo>& layers, const std::string& name) {
  const auto it = std::find_if(layers.begin(), layers.end(), [&](const auto& layer) { return layer.name == name; });
  return it == layers.end() ? -1 : it - layers.begin();
}

std::vector<std::string> gemm_names(const RunDescription& description) {
  std::vector<std::string> names;
  for (const network::GemmInfo& gemm : description.gemms) names.push_back(gemm.name());
  return names;
}

void create_gemms(Group gemms, const RunDescription& description) {
  using Info = network::GemmInfo;
  const auto& infos = description.gemms;
  gemms.set_attribute("format", std::string(reuse::name(description.format)));
  gemms.set_attribute("lanes", description.lanes);
  gemms.set_attribute("window", description.window);
  const Dataset scale = create_names(gemms, "gemm", gemm_names(description), "layer and role of the GEMM");
  create_table(gemms, "layer", "index into /network; -1 = a part of no listed layer", infos, scale,
               [&](const Info& g) { return layer_index(description.layers, g.layer); });
  create_table(gemms, "role", "0 forward, 1 grad_input, 2 grad_weight", infos, scale,
               [](const Info& g) { return static_cast<std::int64_t>(g.role); });
  create_table(gemms, "m", "rows of the compared operand A in one call", infos, scale,
               [](const Info& g) { return g.m; });
  create_table(gemms, "n", "columns of B in one call", infos, scale, [](const Info& g) { return g.n; });
  create_table(gemms, "k", "length of the reduction in one call", infos, scale, [](const Info& g) { return g.k; });
  create_table(gemms, "calls", "calls in one pass of one node", infos, scale, [](const Info& g) { return g.calls; });
  create_table(gemms, "stored_input",
               "elements of X behind im2col(X) of one call, as DRAM stores them; 0 = as many as the matrix has", infos,
               scale, [](const Info& g) { return static_cast<std::uint64_t>(g.stored_input); });
}

Dataset create_node_scale(Group group, std::int64_t nodes) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(nodes));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  Dataset scale = group.create("node", std::span<const std::int64_t>(values), {nodes});
  describe(scale, "emulated accelerator, from 0");
  scale.make_scale("node");
  return scale;
}

/// The group's first column is the scale of its rows.
void link_rows(const std::vector<std::span<LoggedColumn>>& parts, const std::string& label) {
  LoggedColumn& scale = parts.front().front();
  scale.dataset().make_scale(label);
  for (const auto part : parts)
    for (LoggedColumn& column : part)
      if (&column != &scale) column.dataset().attach_scale(0, scale.dataset());
}

void link_cells(std::span<LoggedColumn> columns, const std::vector<Dataset>& scales) {
  for (LoggedColumn& column : columns)
    for (std::size_t d = 0; d < scales.size(); ++d) column.dataset().attach_scale(d + 1, scales[d]);
}

std::int64_t least_rows(const Group& group) {
  auto least = std::numeric_limits<std::int64_t>::max();
  for (const std::string& name : group.datasets())
    if (is_row_column(name)) least = std::min(least, group.dataset(name).rows());
  return least;
}

/// Throws UserError unless the table has the rows of the mark.
void check_length(const Group& table, std::int64_t rows, const TableMark& mark) {
  if (rows >= mark.rows) return;
  throw UserError(table.describe() + " has " + std::to_string(rows) + " rows, the checkpoint stands on " +
                      std::to_string(mark.rows),
                  "the log and the checkpoint are not of the same run", "resume from an earlier checkpoint");
}

}  // namespace

LogTables::LogTables(const store::File& file, const RunDescription& description)
    : root(prepared_root(file, description)),
      state(create_state(root)),
      steps(root.group("steps"), step_columns()),
      node_steps(root.group("nodes"), node_step_columns()),
      nodes(root.group("nodes"), node_columns(), {description.nodes}),
      intervals(root.group("layers"), interval_columns()),
      gemms(root.group("layers"), gemm_columns(),
            {description.nodes, static_cast<std::int64_t>(description.gemms.size())}),
      epochs(root.group("epochs"), epoch_columns()),
      decisions(root.group("controller"), decision_columns()) {
  Group network = root.create_group("network");
  write_pass(network, description.pass);
  create_layers(network, description.layers);
  create_gemms(network.create_group("gemms"), description);
  link_scales(description);
}

void LogTables::link_scales(const RunDescription& description) {
  link_rows({steps.columns()}, "step");
  link_rows({node_steps.columns(), nodes.columns()}, "step");
  link_rows({intervals.columns(), gemms.columns()}, "interval");
  link_rows({epochs.columns()}, "epoch");
  link_rows({decisions.columns()}, "decision");
  link_cells(nodes.columns(), {create_node_scale(root.group("nodes"), description.nodes)});
  Group layers = root.group("layers");
  const Dataset node = create_node_scale(layers, description.nodes);
  link_cells(gemms.columns(), {node, create_names(layers, "gemm", gemm_names(description), "layer and role")});
}

std::map<std::string, LogTables::Columns> LogTables::columns() {
  return {{"steps", {steps.columns()}},
          {"nodes", {node_steps.columns(), nodes.columns()}},
          {"layers", {intervals.columns(), gemms.columns()}},
          {"epochs", {epochs.columns()}},
          {"controller", {decisions.columns()}}};
}

void LogTables::take_rows(const Group& old_root, const LogMark& mark, LaterRows later) {
  for (const auto& [name, parts] : columns()) {
    const Group old = old_root.group(name);
    const auto marked = mark.find(name);
    const TableMark table = marked == mark.end() ? TableMark{} : marked->second;
    const std::int64_t rows = least_rows(old);
    check_length(old, rows, table);
    for (const auto part : parts)
      for (LoggedColumn& column : part) column.take(old, later == LaterRows::check ? rows : table.rows, table);
  }
}

LogMark LogTables::mark() {
  LogMark mark;
  for (const auto& [name, parts] : columns())
    for (const auto part : parts)
      for (const LoggedColumn& column : part) {
        mark[name].rows = column.rows();
        mark[name].checksums[column.name()] = column.checksum();
      }
  return mark;
}

void LogTables::check(const Group& written) {
  for (const auto& [name, parts] : columns())
    for (const auto part : parts)
      for (const LoggedColumn& column : part) column.check(written.group(name));
}

void LogTables::flush() {
  for (const auto& [name, parts] : columns())
    for (const auto part : parts)
      for (LoggedColumn& column : part) column.flush();
}

}  // namespace acrtc::record
