#include "job.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "acrtc/base/text.hpp"
#include "hardware_files.hpp"

namespace acrtc::app {
namespace {

/// The plug-in that a section names, made with the section's settings.
template <class Kind, class... Arguments>
auto make(const Section& section, const Setting<std::string>& choice, const Arguments&... arguments) {
  return Registry<Kind>::instance().find(section[choice]).make(section.settings, arguments...);
}

network::NetworkSpec network_spec(const Configuration& configuration, const dataset::Dataset& dataset) {
  if (!configuration.own_layers())
    return make<network::Zoo>(configuration.network, keys::network, dataset.shape(), dataset.classes());
  return {configuration.network[keys::network],
          network::parse_layers(*configuration.network.free.find("layer")->array())};
}

std::unique_ptr<network::Network> make_network(const Configuration& configuration, const dataset::Dataset& dataset,
                                               network::GemmRunner& gemms) {
  const network::NetworkOptions options{.max_samples = configuration.train_options().micro_batch(),
                                        .classes = dataset.classes(),
                                        .label_smoothing = configuration.train[keys::label_smoothing],
                                        .seed = configuration.seed()};
  return std::make_unique<network::Network>(network_spec(configuration, dataset), dataset.shape(), options, gemms);
}

/// Rules as far as they depend on the network, the scheme and the format; a scheme without levels ignores strengths.
void check_rules(const Configuration& configuration, Model& model) {
  const int most = model.scheme().max_level(configuration.gemm_options().format);
  std::vector<std::string> layers;
  for (const network::GemmInfo& gemm : model.network().gemms().list())
    if (std::ranges::find(layers, gemm.layer) == layers.end()) layers.push_back(gemm.layer);
  const auto rules = configuration.train_options().rules;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Settings& settings = configuration.rules[i].settings;
    const std::string& layer = rules[i].layer;
    if (!layer.empty() && std::ranges::find(layers, layer) == layers.end())
      settings.reject("layer", "layers with matrix products: " + join(layers, ", "), did_you_mean(layer, layers));
    if (most > 0 && rules[i].strength.level > most)
      settings.reject("strength", "the scheme's largest level in this format is " + std::to_string(most));
  }
}

}  // namespace

Model::Model(const Configuration& configuration, int threads)
    : engine_(threads),
      dataset_(make<dataset::Dataset>(configuration.dataset, keys::dataset, configuration.seed())),
      scheme_(make<reuse::Scheme>(configuration.reuse, keys::scheme)),
      gemms_(*scheme_, configuration.gemm_options(), engine_),
      network_(make_network(configuration, *dataset_, gemms_)) {}

Job::Job(const Configuration& configuration, int threads)
    : model_(configuration, threads),
      options_(configuration.train_options()),
      length_(train::run_length(model_.dataset(), options_)),
      accelerator_(load_accelerator(configuration)),
      interconnect_(load_interconnect(configuration)),
      collective_(make<hardware::Collective>(configuration.hardware, keys::collective)),
      optimizer_(make<train::Optimizer>(configuration.train, keys::optimizer, model_.network().parameters())),
      learning_rate_(configuration.schedule.settings, length_.steps_per_epoch, length_.total_steps),
      policy_(make<control::Policy>(
          configuration.control, keys::policy,
          control::PolicyContext{model_.scheme().max_level(configuration.gemm_options().format)})) {
  check_rules(configuration, model_);
}

double Job::optimizer_state_bytes() const {
  double bytes = 0;
  for (const auto array : optimizer_->state()) bytes += static_cast<double>(array.size_bytes());
  return bytes;
}

train::TrainParts Job::parts(const comm::Communicator& ranks) {
  return {.dataset = model_.dataset(),
          .scheme = model_.scheme(),
          .network = model_.network(),
          .optimizer = *optimizer_,
          .learning_rate = learning_rate_,
          .policy = *policy_,
          .accelerator = accelerator_,
          .interconnect = interconnect_,
          .collective = *collective_,
          .ranks = ranks};
}

}  // namespace acrtc::app
