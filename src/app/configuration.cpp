#include "configuration.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "acrtc/control/policy.hpp"
#include "acrtc/dataset/dataset.hpp"
#include "acrtc/hardware/interconnect.hpp"
#include "acrtc/network/network.hpp"
#include "acrtc/reuse/format.hpp"
#include "acrtc/reuse/role.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "acrtc/train/optimizer.hpp"
#include "acrtc/train/schedule.hpp"

namespace acrtc::app {

namespace keys {
const Setting<std::int64_t> seed{"seed", 1, "of weights, order, dropout and augmentation", 0};
const Setting<std::string> dataset{"name", "fashion-mnist", "the dataset, see acrtc list datasets"};
const Setting<std::string> network{"name", "lenet", "the network, see acrtc list networks"};
const Setting<std::string> scheme{"scheme", "acrtc", "how products are reused, see acrtc list schemes"};
const Setting<std::string> accelerator{"accelerator", "v100", "name or path of an accelerator file"};
const Setting<std::string> interconnect{"interconnect", "nvlink2", "name or path of an interconnect file"};
const Setting<std::string> collective{"collective", "ring", "how gradients cross the emulated interconnect"};
const Setting<std::string> optimizer{"optimizer", "sgd", "what moves the weights"};
const Setting<std::string> policy{"policy", "phase", "what sets the strength of reuse, see acrtc list controllers"};
const Setting<double> label_smoothing{"label_smoothing", 0, "weight of the uniform distribution in the target", 0, 1};
const Setting<std::int64_t> capture{"capture", 0, "GEMMs, spread over the run, that are written out", 0, 1000};
const Setting<double> flush_seconds{"flush_seconds", 1, "longest time that rows wait in memory", 0, 3600, "s"};
const Setting<std::int64_t> every_steps{"every_steps", 0, "steps between checkpoints, 0 = not by steps", 0};
const Setting<double> every_minutes{"every_minutes", 10, "time between checkpoints, 0 = not by time", 0, 1e6, "min"};
const Setting<std::int64_t> keep{"keep", 2, "checkpoints that stay beside the best one, 0 = write none", 0, 1e6};
const Setting<std::string> directory{"directory", "", "the checkpoints' folder, empty = beside the log"};
const Setting<std::string> on_divergence{.name = "on_divergence",
                                         .fallback = "stop",
                                         .help =
                                             "end the run, or go back to the oldest checkpoint kept, at half the "
                                             "learning rate, eight times at most",
                                         .choices = {"stop", "rollback"}};
const Setting<double> silence{"seconds", 120, "ends a job with a rank that is not heard of so long, 0 = never",
                              0,         1e6, "s"};
const Setting<double> standstill{"standstill_seconds",
                                 3600,
                                 "ends a job in which no rank gets on so long, 0 = never; more than the longest step",
                                 0,
                                 1e7,
                                 "s"};
}  // namespace keys

namespace {

const train::TrainOptions defaults;

/// A text with few possible values, the first of which is the fallback.
Setting<std::string> one_of(std::string name, std::vector<std::string> choices, std::string help) {
  return {.name = std::move(name), .fallback = choices.front(), .help = std::move(help), .choices = std::move(choices)};
}

// [reuse]
const auto format = one_of("format", {"bf16", "fp16", "tf32", "fp32"}, "format of GEMM operands; sums are FP32");
const auto column_order = one_of("column_order", {"ckhkw", "khkwc"}, "im2col columns, channel slowest or fastest");
const auto weight_gradient_operand = one_of("weight_gradient_operand", {"x", "dy"}, "compared operand of grad_weight");

// [[reuse.rule]]
const Setting<std::string> rule_layer{"layer", "", "the layer it holds for, empty = every layer"};
const Setting<std::vector<std::string>> rule_roles{.name = "roles",
                                                   .fallback = {},
                                                   .help = "the roles it holds for, empty = every role",
                                                   .choices = {"forward", "grad_input", "grad_weight"}};
const Setting<std::int64_t> rule_strength{"strength", 0, "the strength instead of the controller's", 0, 23};
const Setting<bool> rule_off{"off", false, "run dense, compare nothing"};

// [train]
const Setting<std::int64_t> nodes{"nodes", defaults.nodes, "emulated accelerators, a multiple of the ranks", 1, 65536};
const Setting<std::int64_t> batch{"batch", defaults.batch, "samples a node and step", 1, 65536};
const Setting<std::int64_t> micro_batches{"micro_batches", defaults.micro_batches,
                                          "parts of a node's batch that run one after the other", 1, 65536};
const Setting<std::int64_t> epochs{"epochs", defaults.epochs, "passes over the training samples", 1, 100000};
const Setting<std::int64_t> max_steps{"max_steps", defaults.max_steps, "stop after so many steps, 0 = no limit", 0};
const auto sync = one_of("sync", {"tree", "iallreduce"}, "sum gradients in one fixed tree, or by MPI's all-reduce");
const Setting<double> bucket_mib{"bucket_mib", 4, "gradients exchanged at a time", 0.001, 4096, "MiB"};
const Setting<std::int64_t> probe_every{"probe_every", defaults.probe_every,
                                        "steps between measurements of reuse's error, 0 = never", 0};
const Setting<double> initial_loss_scale{"initial_loss_scale", defaults.initial_loss_scale,
                                         "loss scale at the start, fp16 only", 1, 16777216};
const Setting<std::int64_t> loss_scale_window{"loss_scale_window", defaults.loss_scale_window,
                                              "good steps until the loss scale doubles", 1};
const Setting<std::int64_t> load_threads{"load_threads", defaults.loading.threads,
                                         "threads a rank that read ahead, 0 = read when a batch is needed", 0, 256};
const Setting<std::int64_t> load_ahead{"load_ahead", defaults.loading.ahead, "micro-batches a rank that are read ahead",
                                       1, 1000};

// [record]
const Setting<std::int64_t> sample_every{"sample_every", defaults.sample_every, "steps between exact rows of each GEMM",
                                         1};
const Setting<std::int64_t> verify_every{"verify_every", defaults.verify_every,
                                         "steps between hashes of the weights, 0 = only with epochs", 0};

/// The tables of a configuration, taken out one by one; what is left in the end is unknown.
class Tables {
 public:
  explicit Tables(const Table& table) : rest_(table) {}

  Table take(const std::string& name) {
    known_.push_back(name);
    const Value* value = rest_.find(name);
    if (!value) return {};
    if (!value->table())
      throw UserError("'" + name + "' at " + to_string(value->origin()) + " is " + value->kind(), "expected a table",
                      "write [" + name + "]");
    Table taken = *value->table();
    rest_.erase(name);
    return taken;
  }

  /// What is no table is a key of the run itself; a table nobody took is a mistake.
  Table finish() const {
    for (const auto& [name, value] : rest_)
      if (value.table() || value.array())
        throw UserError("unknown table [" + name + "] at " + to_string(value.origin()), "known: " + join(known_, ", "),
                        did_you_mean(name, known_));
    return rest_;
  }

 private:
  Table rest_;
  std::vector<std::string> known_;
};

/// Moves `key` of `table` to `free`, for a later reader to check.
void set_free(Table& table, const std::string& key, Table& free) {
  if (const Value* value = table.find(key)) free.set(key, *value);
  table.erase(key);
}

Section section(std::string help, std::string path, const Table& table, Schema schema, Table free = {}) {
  Settings settings(std::move(path), table, schema);
  return {std::move(help), std::move(schema), std::move(settings), std::move(free)};
}

/// The schema of the plug-in that `choice` names in `table`; unknown names are reported with their origin.
template <class Kind>
const Schema& chosen(const std::string& path, const Table& table, const Setting<std::string>& choice) {
  const Value* value = table.find(choice.name);
  const std::string* name = value ? std::get_if<std::string>(&value->data()) : nullptr;
  if (!value) return Registry<Kind>::instance().find(choice.fallback).schema;
  if (!name)
    throw UserError(path + "." + choice.name + " in " + to_string(value->origin()) + " has the wrong type",
                    "expected a text, got " + value->kind());
  const auto names = Registry<Kind>::instance().names();
  if (std::ranges::find(names, *name) == names.end())
    throw UserError(path + "." + choice.name + " in " + to_string(value->origin()) + " is no known " + Kind::kind,
                    "'" + *name + "'; known: " + join(names, ", "), did_you_mean(*name, names));
  return Registry<Kind>::instance().find(*name).schema;
}

/// Where `--set` has chosen another plug-in than the file, the settings that the file has for that one are left behind.
template <class Kind>
Table without_others(const Table& table, const Value* choice, const Schema& known) {
  Table kept = table;
  if (!choice || choice->origin().line > 0) return kept;
  const auto knows = [](const Schema& schema, const std::string& key) {
    return std::ranges::find(schema, key, &SettingDescription::name) != schema.end();
  };
  for (const std::string& other : Registry<Kind>::instance().names())
    for (const auto& [key, value] : table)
      if (value.origin().line > 0 && !knows(known, key) && knows(Registry<Kind>::instance().find(other).schema, key))
        kept.erase(key);
  return kept;
}

/// A table that names one plug-in, by the first of the common settings, and holds its settings beside these.
template <class Kind>
Section plugin_section(std::string help, const std::string& path, const Table& table, Schema common) {
  const Setting<std::string> choice{common.front().name, std::get<std::string>(common.front().fallback), ""};
  Schema schema = std::move(common) + chosen<Kind>(path, table, choice);
  Table known = without_others<Kind>(table, table.find(choice.name), schema);
  return section(std::move(help), path, known, std::move(schema));
}

Section network_section(Table table) {
  Table free;
  set_free(table, "layer", free);
  if (free.empty()) return plugin_section<network::Zoo>("What is trained", "network", table, describe(keys::network));
  if (!free["layer"].array())
    throw UserError("network.layer at " + to_string(free["layer"].origin()) + " is " + free["layer"].kind(),
                    "expected a list of tables", "write [[network.layer]]");
  const Setting<std::string> label{"name", "custom", "what reports call the network"};
  return section("What is trained, layer by layer", "network", table, describe(label), std::move(free));
}

Section hardware_section(Table table) {
  Table free;
  set_free(table, "override", free);
  Section result = plugin_section<hardware::Collective>(
      "What is emulated", "hardware", table, describe(keys::collective, keys::accelerator, keys::interconnect));
  result.free = std::move(free);
  return result;
}

std::vector<Section> rule_sections(Table& reuse) {
  Table free;
  set_free(reuse, "rule", free);
  std::vector<Section> rules;
  if (free.empty()) return rules;
  const Value& list = free["rule"];
  if (!list.array())
    throw UserError("reuse.rule at " + to_string(list.origin()) + " is " + list.kind(), "expected a list of tables",
                    "write [[reuse.rule]]");
  const Schema schema = describe(rule_layer, rule_roles, rule_strength, rule_off);
  for (const Value& rule : *list.array()) {
    if (!rule.table()) throw UserError("reuse.rule at " + to_string(rule.origin()) + " is no table");
    rules.push_back(section("", "reuse.rule", *rule.table(), schema));
    const Settings& settings = rules.back().settings;
    if (settings.given("strength") == settings[rule_off])
      settings.reject("off", "a rule sets either a strength or off = true");
  }
  return rules;
}

}  // namespace

Configuration::Configuration(const Table& table) {
  Tables tables(table);
  dataset =
      plugin_section<dataset::Dataset>("What is learnt", "dataset", tables.take("dataset"), describe(keys::dataset));
  network = network_section(tables.take("network"));
  Table reuse_table = tables.take("reuse");
  rules = rule_sections(reuse_table);
  reuse = plugin_section<reuse::Scheme>("Reuse of products in the GEMMs", "reuse", reuse_table,
                                        describe(keys::scheme, format, column_order, weight_gradient_operand));
  hardware = hardware_section(tables.take("hardware"));
  train =
      plugin_section<train::Optimizer>("Training", "train", tables.take("train"),
                                       describe(keys::optimizer, nodes, batch, micro_batches, epochs, max_steps, sync,
                                                bucket_mib, probe_every, keys::label_smoothing, initial_loss_scale,
                                                loss_scale_window, keys::on_divergence, load_threads, load_ahead));
  schedule = section("The learning rate", "schedule", tables.take("schedule"), train::LearningRate::schema());
  control = plugin_section<control::Policy>("The strength of reuse", "control", tables.take("control"),
                                            describe(keys::policy));
  record = section("The run log", "record", tables.take("record"),
                   describe(sample_every, verify_every, keys::flush_seconds, keys::capture));
  checkpoint =
      section("The run between two steps, also written at the end of each epoch", "checkpoint",
              tables.take("checkpoint"), describe(keys::every_steps, keys::every_minutes, keys::keep, keys::directory));
  watchdog = section("What counts as a hang of several ranks", "watchdog", tables.take("watchdog"),
                     describe(keys::silence, keys::standstill));
  run = section("", "", tables.finish(), describe(keys::seed));
}

network::GemmOptions Configuration::gemm_options() const {
  return {.format = reuse::parse_format(reuse[format]),
          .column_order = reuse[column_order] == "ckhkw" ? reuse::ColumnOrder::ckhkw : reuse::ColumnOrder::khkwc,
          .weight_gradient_operand = reuse[weight_gradient_operand] == "x" ? network::WeightGradientOperand::x
                                                                           : network::WeightGradientOperand::dy};
}

train::TrainOptions Configuration::train_options() const {
  train::TrainOptions options;
  options.nodes = train[nodes];
  options.batch = train[batch];
  options.micro_batches = train[micro_batches];
  options.epochs = train[epochs];
  options.max_steps = train[max_steps];
  options.seed = seed();
  options.sync = train[sync] == "tree" ? train::Sync::tree : train::Sync::iallreduce;
  options.bucket = Bytes{train[bucket_mib] * 1024 * 1024};
  options.sample_every = record[sample_every];
  options.probe_every = train[probe_every];
  options.verify_every = record[verify_every];
  options.initial_loss_scale = train[initial_loss_scale];
  options.loss_scale_window = train[loss_scale_window];
  options.loading = {static_cast<int>(train[load_threads]), static_cast<int>(train[load_ahead])};
  for (const Section& rule : rules) {
    train::StrengthRule& entry = options.rules.emplace_back();
    entry.layer = rule[rule_layer];
    for (const std::string& role : rule[rule_roles]) entry.roles.push_back(reuse::parse_role(role));
    entry.strength = rule[rule_off] ? reuse::Strength::off() : reuse::Strength{static_cast<int>(rule[rule_strength])};
  }
  options.lanes = scheme_setting("lanes", options.lanes);
  options.window = scheme_setting("window", options.window);
  return options;
}

std::vector<const Section*> Configuration::sections() const {
  return {&run, &dataset, &network, &reuse, &hardware, &train, &schedule, &control, &record, &checkpoint, &watchdog};
}

}  // namespace acrtc::app
