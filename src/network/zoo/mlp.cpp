#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::vector<std::int64_t>> widths{"widths", {300, 100}, "outputs of the hidden layers", 1, 1 << 20};
const Setting<std::string> activation{.name = "activation",
                                      .fallback = "relu",
                                      .help = "after each hidden layer",
                                      .choices = {"relu", "tanh", "sigmoid"}};

/// With its defaults the 300-100 network of LeCun et al., Proc. IEEE 1998, doi:10.1109/5.726791, but with ReLU.
NetworkSpec mlp(const Settings& settings, SampleShape, std::int64_t classes) {
  Builder net("mlp");
  int number = 0;
  for (const std::int64_t width : settings[widths]) {
    const std::string suffix = std::to_string(++number);
    net.add("ip" + suffix, "inner_product", {{"outputs", width}});
    net.add(settings[activation] + suffix, settings[activation]);
  }
  return net.add("ip" + std::to_string(++number), "inner_product", {{"outputs", classes}}).build();
}

const Registration<Zoo> registration{"mlp", "fully connected layers with an activation between them",
                                     describe(widths, activation), mlp};

}  // namespace
}  // namespace acrtc::network
