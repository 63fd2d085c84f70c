#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> depth{"depth", 20, "layers with weights, 6 n + 2", 8, 1202};

/// ResNet for CIFAR-10 of He et al., CVPR 2016, section 4.2, doi:10.1109/CVPR.2016.90, with shortcuts without weights.
class CifarResNet {
 public:
  CifarResNet(std::int64_t blocks, double width) : blocks_(blocks), width_(width) {}

  NetworkSpec build(std::int64_t classes) {
    convolution("conv1", scaled(16, width_), 1);
    net_.add("relu1", "relu");
    for (int stage = 0; stage < 3; ++stage)
      for (std::int64_t number = 0; number < blocks_; ++number)
        block("block" + std::to_string(stage + 1) + "_" + std::to_string(number + 1), scaled(16 << stage, width_),
              stage > 0 && number == 0 ? 2 : 1);
    net_.add("pool", "average_pool", {{"global", true}}).add("fc", "inner_product", {{"outputs", classes}});
    return net_.build();
  }

 private:
  void convolution(const std::string& name, std::int64_t channels, std::int64_t stride,
                   const Builder::Inputs& inputs = {}) {
    net_.add(name, "convolution", window(3, stride, 1) + Builder::Settings{{"outputs", channels}, {"bias", false}},
             inputs)
        .add(name + "_bn", "batch_norm");
  }

  void block(const std::string& name, std::int64_t channels, std::int64_t stride) {
    const std::string input = net_.last();
    std::string shortcut = input;
    if (stride > 1) {
      shortcut = name + "_shortcut";
      net_.add(shortcut, "subsample", {{"outputs", channels}, {"stride", stride}}, {input});
    }
    convolution(name + "_conv1", channels, stride, {input});
    net_.add(name + "_relu1", "relu");
    convolution(name + "_conv2", channels, 1);
    net_.add(name, "add", {}, {net_.last(), shortcut}).add(name + "_relu2", "relu");
  }

  Builder net_{"resnet20"};
  std::int64_t blocks_;
  double width_;
};

NetworkSpec resnet20(const Settings& settings, SampleShape, std::int64_t classes) {
  if (settings[depth] % 6 != 2) settings.reject(depth.name, "three stages of n blocks have 6 n + 2 layers");
  return CifarResNet(settings[depth] / 6, settings[width]).build(classes);
}

const Registration<Zoo> registration{"resnet20", "residual network for images of 32x32", describe(width, depth),
                                     resnet20};

}  // namespace
}  // namespace acrtc::network
