#include "cifar10.hpp"

namespace acrtc::network {
namespace {

/// As examples/cifar10/cifar10_quick_train_test.prototxt of Caffe.
NetworkSpec cifar10_quick(const Settings& settings, SampleShape, std::int64_t classes) {
  const double w = settings[width];
  const auto weights = [&](std::int64_t outputs, double deviation) {
    return initial_weights(settings, deviation) +
           Builder::Settings{{"outputs", outputs}, {"bias_learning_rate_factor", 2.0}};
  };
  return Builder("cifar10-quick")
      .add("conv1", "convolution", weights(scaled(32, w), 1e-4) + window(5, 1, 2))
      .add("pool1", "max_pool", caffe_pool(3, 2))
      .add("relu1", "relu")
      .add("conv2", "convolution", weights(scaled(32, w), 0.01) + window(5, 1, 2))
      .add("relu2", "relu")
      .add("pool2", "average_pool", caffe_pool(3, 2))
      .add("conv3", "convolution", weights(scaled(64, w), 0.01) + window(5, 1, 2))
      .add("relu3", "relu")
      .add("pool3", "average_pool", caffe_pool(3, 2))
      .add("ip1", "inner_product", weights(scaled(64, w), 0.1))
      .add("ip2", "inner_product", weights(classes, 0.1))
      .build();
}

const Registration<Zoo> registration{"cifar10-quick", "Caffe's quick network for CIFAR-10: three convolutions",
                                     describe(width, initializer), cifar10_quick};

}  // namespace
}  // namespace acrtc::network
