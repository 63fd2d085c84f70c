#include "vgg.hpp"

namespace acrtc::network {
namespace {

const Setting<bool> batch_norm{"batch_norm", false, "normalise after each convolution"};

/// VGG-16's convolutions on 32x32 images with fully connected layers of 512.
NetworkSpec vgg_cifar(const Settings& settings, SampleShape, std::int64_t classes) {
  const double w = settings[width];
  Builder net("vgg-cifar");
  add_vgg16_convolutions(net, w, settings[batch_norm] ? VggNormalization::batch : VggNormalization::none);
  return net.add("drop1", "dropout")
      .add("fc1", "inner_product", {{"outputs", scaled(512, w)}})
      .add("relu1", "relu")
      .add("drop2", "dropout")
      .add("fc2", "inner_product", {{"outputs", scaled(512, w)}})
      .add("relu2", "relu")
      .add("fc3", "inner_product", {{"outputs", classes}})
      .build();
}

const Registration<Zoo> registration{"vgg-cifar", "VGG-16 for images of 32x32", describe(width, batch_norm), vgg_cifar};

}  // namespace
}  // namespace acrtc::network
