#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> units{"units", 16, "of a module", 1, 1 << 20};
const Setting<std::vector<std::int64_t>> periods{
    "periods", {1, 2, 4, 8, 16, 32, 64, 128}, "of the modules, ascending", 1, 1 << 20};

/// Koutnik et al., ICML 2014, arXiv:1402.3511; weights start normal with deviation 0.1, as there.
NetworkSpec cwrnn(const Settings& settings, SampleShape, std::int64_t classes) {
  Array steps;
  for (const std::int64_t period : settings[periods]) steps.push_back(Value(Value::Data(period)));
  const auto modules = static_cast<std::int64_t>(steps.size());
  return Builder("cwrnn")
      .add("cwrnn", "cwrnn",
           normal(0.1) + Builder::Settings{{"outputs", modules * scaled(settings[units], settings[width])},
                                           {"periods", std::move(steps)}})
      .add("ip", "inner_product", {{"outputs", classes}, {"initializer", std::string("xavier")}})
      .build();
}

const Registration<Zoo> registration{"cwrnn", "one Clockwork RNN layer and an inner product on its last state",
                                     describe(width, units, periods), cwrnn};

}  // namespace
}  // namespace acrtc::network
