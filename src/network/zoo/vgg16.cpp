#include "vgg.hpp"

namespace acrtc::network {
namespace {

/// Configuration D, with He's initial weights instead of those of a smaller network trained before.
NetworkSpec vgg16(const Settings& settings, SampleShape, std::int64_t classes) {
  const double w = settings[width];
  Builder net("vgg16");
  add_vgg16_convolutions(net, w, VggNormalization::none);
  return net.add("fc6", "inner_product", {{"outputs", scaled(4096, w)}})
      .add("relu6", "relu")
      .add("drop6", "dropout")
      .add("fc7", "inner_product", {{"outputs", scaled(4096, w)}})
      .add("relu7", "relu")
      .add("drop7", "dropout")
      .add("fc8", "inner_product", normal(0.01) + Builder::Settings{{"outputs", classes}})
      .build();
}

const Registration<Zoo> registration{"vgg16", "VGG-16 for ImageNet: thirteen 3x3 convolutions", describe(width), vgg16};

}  // namespace
}  // namespace acrtc::network
