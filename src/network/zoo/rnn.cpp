#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> units{"units", 128, "features of the state", 1, 1 << 20};

NetworkSpec rnn(const Settings& settings, SampleShape, std::int64_t classes) {
  return Builder("rnn")
      .add("rnn", "rnn", {{"outputs", scaled(settings[units], settings[width])}})
      .add("ip", "inner_product", {{"outputs", classes}, {"initializer", std::string("xavier")}})
      .build();
}

const Registration<Zoo> registration{"rnn", "one simple recurrent layer and an inner product on its last state",
                                     describe(width, units), rnn};

}  // namespace
}  // namespace acrtc::network
