#include "log_tables.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace acrtc::record {
namespace {

using store::Dataset;
using store::Group;

Group prepared_root(const store::File& file, const RunDescription& description) {
  Group root = file.root();
  root.set_attribute("format", log_format);
  root.set_attribute("format_version", log_format_version);
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

/// One whole number for each element of `items`.
template <class Item, class Get>
void create_table(Group& group, const std::string& name, const char* long_name, const std::vector<Item>& items,
                  const Dataset& scale, Get&& get) {
  std::vector<std::int64_t> values;
  for (const Item& item : items) values.push_back(get(item));
  Dataset table = group.create(name, std::span<const std::int64_t>(values), {std::ssize(values)});
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
  create_table(network, "parameters", "number of parameters", layers, scale,
               [](const Info& l) { return l.parameters; });
  create_table(network, "macs", "multiply-accumulates of one sample's forward pass", layers, scale,
               [](const Info& l) { return l.macs; });
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
void link_rows(const std::vector<std::vector<Dataset>*>& parts, const std::string& label) {
  Dataset& scale = parts.front()->front();
  scale.make_scale(label);
  for (std::vector<Dataset>* part : parts)
    for (Dataset& column : *part)
      if (column.name() != scale.name()) column.attach_scale(0, scale);
}

void link_cells(std::vector<Dataset>& columns, const std::vector<Dataset>& scales) {
  for (Dataset& column : columns)
    for (std::size_t d = 0; d < scales.size(); ++d) column.attach_scale(d + 1, scales[d]);
}

std::int64_t least_rows(const Group& group) {
  auto least = std::numeric_limits<std::int64_t>::max();
  for (const std::string& name : group.datasets())
    if (is_row_column(name)) least = std::min(least, group.dataset(name).rows());
  return least;
}

/// Rows with at most `last` in a column that never falls.
std::int64_t rows_up_to(std::int64_t last, const Group& group, const char* column) {
  const auto values = group.dataset(column).read<std::int64_t>({0, least_rows(group)});
  return std::upper_bound(values.begin(), values.end(), last) - values.begin();
}

std::int64_t rows_until(const LogEnd& end, const Group& group) {
  if (group.contains("step_end")) return rows_up_to(end.steps, group, "step_end");
  if (group.contains("decision")) return rows_up_to(end.steps, group, "step");
  if (group.contains("step")) return rows_up_to(end.steps - 1, group, "step");
  return rows_up_to(end.epochs - 1, group, "epoch");
}

template <class T>
void append_rows(const Dataset& from, Dataset& to, std::int64_t rows) {
  constexpr std::int64_t elements_at_once = std::int64_t{1} << 20;
  const std::int64_t at_once = std::max<std::int64_t>(1, elements_at_once / from.row_elements());
  for (std::int64_t begin = 0; begin < rows; begin += at_once)
    to.append(std::span<const T>(from.read<T>({begin, std::min(rows, begin + at_once)})));
}

void take_column(const Dataset& from, Dataset to, std::int64_t rows) {
  std::vector<std::int64_t> before = from.shape(), now = to.shape();
  before.at(0) = now.at(0) = 0;
  if (from.type() != to.type() || before != now)
    throw UserError("cannot resume: " + from.describe() + " has another shape than this run's",
                    "the run had other nodes or another network", "resume with the configuration that began it");
  switch (from.type()) {
    case store::ElementType::f64:
      return append_rows<double>(from, to, rows);
    case store::ElementType::u64:
      return append_rows<std::uint64_t>(from, to, rows);
    case store::ElementType::i64:
      return append_rows<std::int64_t>(from, to, rows);
    case store::ElementType::u8:
      return append_rows<std::uint8_t>(from, to, rows);
    default:
      throw InternalError("a column of " + to.describe() + " has a type that no column has");
  }
}

}  // namespace

void KnownRows::load(const Group& group, const std::vector<std::string>& key_columns, std::int64_t rows) {
  std::vector<std::vector<std::int64_t>> columns;
  for (const std::string& name : key_columns) columns.push_back(group.dataset(name).read<std::int64_t>({0, rows}));
  for (std::int64_t row = 0; row < rows; ++row) {
    std::array<std::int64_t, 3> key{};
    for (std::size_t c = 0; c < columns.size(); ++c) key.at(c) = columns[c][static_cast<std::size_t>(row)];
    rows_.emplace(key, row);
  }
}

std::int64_t KnownRows::find(const std::array<std::int64_t, 3>& key, std::int64_t next) const {
  const auto it = rows_.find(key);
  return it == rows_.end() ? next : it->second;
}

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
  create_layers(network, description.layers);
  create_gemms(network.create_group("gemms"), description);
  link_scales(description);
}

void LogTables::link_scales(const RunDescription& description) {
  link_rows({&steps.datasets()}, "step");
  link_rows({&node_steps.datasets(), &nodes.datasets()}, "step");
  link_rows({&intervals.datasets(), &gemms.datasets()}, "interval");
  link_rows({&epochs.datasets()}, "epoch");
  link_rows({&decisions.datasets()}, "decision");
  link_cells(nodes.datasets(), {create_node_scale(root.group("nodes"), description.nodes)});
  Group layers = root.group("layers");
  const Dataset node = create_node_scale(layers, description.nodes);
  link_cells(gemms.datasets(), {node, create_names(layers, "gemm", gemm_names(description), "layer and role")});
}

void LogTables::take_rows(const Group& old_root, const std::optional<LogEnd>& end) {
  for (const char* name : row_groups) {
    const Group from = old_root.group(name), to = root.group(name);
    const std::int64_t rows = end ? rows_until(*end, from) : least_rows(from);
    for (const std::string& column : to.datasets()) {
      if (!is_row_column(column)) continue;
      if (from.contains(column))
        take_column(from.dataset(column), to.dataset(column), rows);
      else  // a count that earlier programs did not keep
        to.dataset(column).append(std::span<const std::uint64_t>(std::vector<std::uint64_t>(rows)));
    }
  }
  known_steps.load(root.group("steps"), {"step"}, steps.rows());
  known_intervals.load(root.group("layers"), {"step_begin", "step_end", "exact"}, intervals.rows());
  known_epochs.load(root.group("epochs"), {"epoch"}, epochs.rows());
  known_decisions.load(root.group("controller"), {"step", "role"}, decisions.rows());
}

void LogTables::flush() {
  steps.flush();
  node_steps.flush();
  nodes.flush();
  intervals.flush();
  gemms.flush();
  epochs.flush();
  decisions.flush();
}

}  // namespace acrtc::record
