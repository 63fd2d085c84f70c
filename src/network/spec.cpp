#include <algorithm>
#include <map>

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "acrtc/network/network.hpp"

namespace acrtc::network {
namespace {

std::string place(const Value& value) {
  const std::string origin = to_string(value.origin());
  return origin.empty() ? "" : " in " + origin;
}

const std::string& text(const Value& value, const std::string& key) {
  if (const auto* text = std::get_if<std::string>(&value.data())) return *text;
  throw UserError("network.layer." + key + place(value) + " has the wrong type",
                  "expected a text, got " + value.kind());
}

std::vector<std::string> texts(const Value& value, const std::string& key) {
  if (!value.array())
    throw UserError("network.layer." + key + place(value) + " has the wrong type",
                    "expected a list of texts, got " + value.kind());
  std::vector<std::string> all;
  for (const Value& item : *value.array()) all.push_back(text(item, key));
  return all;
}

/// Here, where the key's place is known: the registry would name the kind alone.
void check_kind(const std::string& kind, const Table& layer) {
  const auto known = Registry<Layer>::instance().names();
  if (std::ranges::find(known, kind) == known.end())
    throw UserError("network.layer.kind" + place(*layer.find("kind")) + " is no known " + Layer::kind,
                    "'" + kind + "'; known: " + join(known, ", "), did_you_mean(kind, known));
}

/// Keys that every layer has; all others are its kind's.
LayerSpec parse_layer(const Value& value) {
  if (!value.table())
    throw UserError("network.layer" + place(value) + " has the wrong type", "expected a table, got " + value.kind());
  LayerSpec spec;
  for (const auto& [key, item] : *value.table()) {
    if (key == "name")
      spec.name = text(item, key);
    else if (key == "kind")
      spec.kind = text(item, key);
    else if (key == "inputs")
      spec.inputs = texts(item, key);
    else
      spec.settings.set(key, item);
  }
  if (spec.kind.empty())
    throw UserError("network.layer" + place(value) + " has no kind",
                    "known: " + join(Registry<Layer>::instance().names(), ", "));
  check_kind(spec.kind, *value.table());
  return spec;
}

}  // namespace

std::vector<LayerSpec> parse_layers(const Array& layers) {
  std::vector<LayerSpec> specs;
  std::map<std::string, int> numbers;
  for (const Value& layer : layers) {
    LayerSpec& spec = specs.emplace_back(parse_layer(layer));
    const int number = ++numbers[spec.kind];
    if (spec.name.empty()) spec.name = spec.kind + std::to_string(number);
  }
  return specs;
}

}  // namespace acrtc::network
