#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> units{"units", 128, "features of the state", 1, 1 << 20};

NetworkSpec lstm(const Settings& settings, SampleShape, std::int64_t classes) {
  return Builder("lstm")
      .add("lstm", "lstm", {{"outputs", scaled(settings[units], settings[width])}})
      .add("ip", "inner_product", {{"outputs", classes}, {"initializer", std::string("xavier")}})
      .build();
}

const Registration<Zoo> registration{"lstm", "one LSTM layer and an inner product on its last state",
                                     describe(width, units), lstm};

}  // namespace
}  // namespace acrtc::network
