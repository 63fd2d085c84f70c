#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<double> width{"width", 1, "multiplies the channels of every hidden layer", 0.01, 100};
const Setting<std::string> initializer{.name = "initializer",
                                       .fallback = "caffe",
                                       .help =
                                           "caffe: small normal weights, for pixels from 0 to 255 less their mean; "
                                           "he: for pixels of deviation 1",
                                       .choices = {"caffe", "he"}};

Builder::Settings pool() { return window(3, 2) + Builder::Settings{{"round", std::string("ceil")}}; }

/// As examples/cifar10/cifar10_quick_train_test.prototxt of Caffe.
NetworkSpec cifar10_quick(const Settings& settings, SampleShape, std::int64_t classes) {
  const double w = settings[width];
  const auto weights = [&](std::int64_t outputs, double deviation) {
    const Builder::Settings start = settings[initializer] == "caffe" ? normal(deviation) : Builder::Settings{};
    return start + Builder::Settings{{"outputs", outputs}, {"bias_learning_rate_factor", 2.0}};
  };
  return Builder("cifar10-quick")
      .add("conv1", "convolution", weights(scaled(32, w), 1e-4) + window(5, 1, 2))
      .add("pool1", "max_pool", pool())
      .add("relu1", "relu")
      .add("conv2", "convolution", weights(scaled(32, w), 0.01) + window(5, 1, 2))
      .add("relu2", "relu")
      .add("pool2", "average_pool", pool())
      .add("conv3", "convolution", weights(scaled(64, w), 0.01) + window(5, 1, 2))
      .add("relu3", "relu")
      .add("pool3", "average_pool", pool())
      .add("ip1", "inner_product", weights(scaled(64, w), 0.1))
      .add("ip2", "inner_product", weights(classes, 0.1))
      .build();
}

const Registration<Zoo> registration{"cifar10-quick", "Caffe's quick network for CIFAR-10: three convolutions",
                                     describe(width, initializer), cifar10_quick};

}  // namespace
}  // namespace acrtc::network
