#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::vector<std::int64_t>> widths{"widths", {300, 100}, "outputs of the hidden layers", 1, 1 << 20};
const Setting<std::string> initializer{.name = "initializer",
                                       .fallback = "he",
                                       .help = "of all weights; sparse: 15 connections of deviation 1 an output",
                                       .choices = {"he", "xavier", "sparse"}};
const Setting<std::string> activation{.name = "activation",
                                      .fallback = "relu",
                                      .help = "after each hidden layer",
                                      .choices = {"relu", "tanh", "sigmoid"}};

/// With its defaults the 300-100 network of LeCun et al., Proc. IEEE 1998, doi:10.1109/5.726791, but with ReLU.
NetworkSpec mlp(const Settings& settings, SampleShape, std::int64_t classes) {
  Builder net("mlp");
  const auto weights = [&](std::int64_t outputs) {
    return Builder::Settings{{"outputs", outputs}, {"initializer", settings[initializer]}, {"initializer_scale", 1.0}};
  };
  int number = 0;
  for (const std::int64_t outputs : settings[widths]) {
    const std::string suffix = std::to_string(++number);
    net.add("ip" + suffix, "inner_product", weights(scaled(outputs, settings[width])));
    net.add(settings[activation] + suffix, settings[activation]);
  }
  return net.add("ip" + std::to_string(++number), "inner_product", weights(classes)).build();
}

const Registration<Zoo> registration{"mlp", "fully connected layers with an activation between them",
                                     describe(widths, width, activation, initializer), mlp};

}  // namespace
}  // namespace acrtc::network
