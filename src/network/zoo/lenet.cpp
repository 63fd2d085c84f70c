#include "builder.hpp"

namespace acrtc::network {
namespace {

/// LeNet as it is usually trained today: Caffe's sizes, ReLU after every hidden layer, He's initial weights.
NetworkSpec lenet(const Settings& settings, SampleShape, std::int64_t classes) {
  const double w = settings[width];
  return Builder("lenet")
      .add("conv1", "convolution", {{"outputs", scaled(20, w)}, {"kernel", std::int64_t{5}}})
      .add("relu1", "relu")
      .add("pool1", "max_pool", {{"kernel", std::int64_t{2}}, {"stride", std::int64_t{2}}})
      .add("conv2", "convolution", {{"outputs", scaled(50, w)}, {"kernel", std::int64_t{5}}})
      .add("relu2", "relu")
      .add("pool2", "max_pool", {{"kernel", std::int64_t{2}}, {"stride", std::int64_t{2}}})
      .add("ip1", "inner_product", {{"outputs", scaled(500, w)}})
      .add("relu3", "relu")
      .add("ip2", "inner_product", {{"outputs", classes}})
      .build();
}

const Registration<Zoo> registration{"lenet", "LeNet: two convolutions and two inner products with ReLU",
                                     describe(width), lenet};

}  // namespace
}  // namespace acrtc::network
