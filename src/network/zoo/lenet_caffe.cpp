#include "builder.hpp"

namespace acrtc::network {
namespace {

/// Biases learn twice as fast as weights.
Builder::Settings weights(std::int64_t outputs) {
  return {{"outputs", outputs}, {"initializer", std::string("xavier")}, {"bias_learning_rate_factor", 2.0}};
}

Builder::Settings convolution(std::int64_t outputs) {
  Builder::Settings settings = weights(outputs);
  settings.emplace_back("kernel", std::int64_t{5});
  return settings;
}

/// As examples/mnist/lenet_train_test.prototxt of Caffe: no ReLU after convolutions.
NetworkSpec lenet_caffe(const Settings& settings, SampleShape, std::int64_t classes) {
  const double w = settings[width];
  return Builder("lenet-caffe")
      .add("conv1", "convolution", convolution(scaled(20, w)))
      .add("pool1", "max_pool", caffe_pool(2, 2))
      .add("conv2", "convolution", convolution(scaled(50, w)))
      .add("pool2", "max_pool", caffe_pool(2, 2))
      .add("ip1", "inner_product", weights(scaled(500, w)))
      .add("relu1", "relu")
      .add("ip2", "inner_product", weights(classes))
      .build();
}

const Registration<Zoo> registration{"lenet-caffe", "LeNet as Caffe trains it: one ReLU, Xavier's initial weights",
                                     describe(width), lenet_caffe};

}  // namespace
}  // namespace acrtc::network
