#include "cifar10.hpp"

namespace acrtc::network {
namespace {

Builder::Settings normalization() {
  return {{"size", std::int64_t{3}}, {"alpha", 5e-5}, {"beta", 0.75}, {"region", std::string("within_channel")}};
}

/// As examples/cifar10/cifar10_full_train_test.prototxt of Caffe, whose last layer decays 250 times as fast.
NetworkSpec cifar10_full(const Settings& settings, SampleShape, std::int64_t classes) {
  const double w = settings[width];
  const auto weights = [&](std::int64_t outputs, double deviation) {
    return initial_weights(settings, deviation) + Builder::Settings{{"outputs", outputs}};
  };
  const auto convolution = [&](std::int64_t outputs, double deviation) {
    return weights(outputs, deviation) + window(5, 1, 2);
  };
  const Builder::Settings fast{{"bias_learning_rate_factor", 2.0}};
  const Builder::Settings decaying{{"weight_decay_factor", 250.0}, {"bias_weight_decay_factor", 0.0}};
  return Builder("cifar10-full")
      .add("conv1", "convolution", convolution(scaled(32, w), 1e-4) + fast)
      .add("pool1", "max_pool", caffe_pool(3, 2))
      .add("relu1", "relu")
      .add("norm1", "lrn", normalization())
      .add("conv2", "convolution", convolution(scaled(32, w), 0.01) + fast)
      .add("relu2", "relu")
      .add("pool2", "average_pool", caffe_pool(3, 2))
      .add("norm2", "lrn", normalization())
      .add("conv3", "convolution", convolution(scaled(64, w), 0.01))
      .add("relu3", "relu")
      .add("pool3", "average_pool", caffe_pool(3, 2))
      .add("ip1", "inner_product", weights(classes, 0.01) + decaying)
      .build();
}

const Registration<Zoo> registration{"cifar10-full", "Caffe's full network for CIFAR-10: three convolutions and LRN",
                                     describe(width, initializer), cifar10_full};

}  // namespace
}  // namespace acrtc::network
