#include "acrtc/record/weights_file.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include "acrtc/base/checksum.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"
#include "acrtc/store/copy.hpp"
#include "acrtc/store/file.hpp"

namespace acrtc::record {
namespace {

constexpr const char* weights_format = "acrtc-weights";

void add(Checksum& sum, std::span<const float> values) {
  for (const float value : values) sum.add(std::bit_cast<std::uint32_t>(value));
}

std::string text_of(const Checksum& sum) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(sum.value()));
  return text;
}

std::span<const float> values_of(const network::ParameterStore& parameters, const network::Parameter& parameter) {
  return parameters.values().subspan(static_cast<std::size_t>(parameter.offset),
                                     static_cast<std::size_t>(parameter.size));
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(std::to_string(size));
  return "[" + join(sizes, ", ") + "]";
}

store::File open_weights(const std::filesystem::path& path) {
  store::File file = store::File::open(path);
  const store::Group root = file.root();
  if (!root.has_attribute("format") || root.attribute_as<std::string>("format") != weights_format)
    throw UserError("'" + path.string() + "' holds no weights",
                    "its attribute 'format' is not '" + std::string(weights_format) + "'",
                    "give a file that `acrtc train` saved weights to");
  return file;
}

std::vector<float> read_parameter(const store::Group& weights, const network::Parameter& parameter) {
  if (!weights.contains(parameter.name))
    throw UserError(weights.describe() + " has no parameter '" + parameter.name + "'", "it is of another network",
                    did_you_mean(parameter.name, weights.datasets()));
  const store::Dataset dataset = weights.dataset(parameter.name);
  if (dataset.shape() != parameter.shape)
    throw UserError("cannot load " + dataset.describe(),
                    "its shape is " + shape_text(dataset.shape()) + ", the network's is " + shape_text(parameter.shape),
                    "build the network as it was when the weights were saved");
  return dataset.read<float>();
}

void refuse_surplus(const store::Group& weights, std::span<const network::Parameter> known) {
  for (const std::string& name : weights.datasets())
    if (std::none_of(known.begin(), known.end(), [&](const auto& parameter) { return parameter.name == name; }))
      throw UserError(weights.describe() + " has a parameter '" + name + "' that the network lacks",
                      "it is of another network", "build the network as it was when the weights were saved");
}

}  // namespace

void save_weights(const std::filesystem::path& path, const network::ParameterStore& parameters,
                  const std::string& configuration) {
  store::write_atomically(path, [&](store::File& file) {
    store::Group root = file.root();
    store::Group weights = root.create_group("weights");
    Checksum checksum;
    for (const network::Parameter& parameter : parameters.list()) {
      weights.create(parameter.name, values_of(parameters, parameter), parameter.shape);
      add(checksum, values_of(parameters, parameter));
    }
    root.set_attribute("format", std::string(weights_format));
    root.set_attribute("format_version", std::string("1.0"));
    root.set_attribute("configuration", configuration);
    root.set_attribute("checksum", text_of(checksum));
  });
}

void load_weights(const std::filesystem::path& path, network::ParameterStore& parameters) {
  const store::File file = open_weights(path);
  const store::Group weights = file.root().group("weights");
  refuse_surplus(weights, parameters.list());
  Checksum checksum;
  std::vector<std::vector<float>> read;
  for (const network::Parameter& parameter : parameters.list()) {
    read.push_back(read_parameter(weights, parameter));
    add(checksum, read.back());
  }
  if (text_of(checksum) != file.root().attribute_as<std::string>("checksum"))
    throw UserError("'" + path.string() + "' is damaged", "its weights do not have the checksum that it names");
  for (std::size_t i = 0; i < read.size(); ++i)
    std::copy(read[i].begin(), read[i].end(), parameters.values(static_cast<int>(i)).begin());
  parameters.touch();
}

std::string weights_configuration(const std::filesystem::path& path) {
  return open_weights(path).root().attribute_as<std::string>("configuration");
}

}  // namespace acrtc::record
