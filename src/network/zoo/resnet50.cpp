#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::string> version{.name = "version",
                                   .fallback = "v1.5",
                                   .help =
                                       "where a stage's first block strides: v1 in its first convolution, v1.5 in "
                                       "the 3x3 one",
                                   .choices = {"v1", "v1.5"}};

/// A bottleneck's place in the network.
struct Block {
  std::string name;
  std::int64_t channels;  ///< inside; four times as many come out
  std::int64_t stride;
  bool projects;  ///< its shortcut has weights: the first block of a stage
};

/// He et al., CVPR 2016, doi:10.1109/CVPR.2016.90. The last scale of each block starts at zero, so that blocks start as
/// identities (Goyal et al., 2017, arXiv:1706.02677, section 5.1).
class ResNet50 {
 public:
  explicit ResNet50(const Settings& settings) : width_(settings[width]), strides_early_(settings[version] == "v1") {}

  NetworkSpec build(std::int64_t classes) {
    convolution("conv1", scaled(64, width_), window(7, 2, 3));
    net_.add("relu1", "relu").add("pool1", "max_pool", window(3, 2, 1));
    int stage = 2;
    for (const auto& [blocks, channels] : {std::pair{3, 64}, {4, 128}, {6, 256}, {3, 512}}) {
      for (int number = 1; number <= blocks; ++number)
        block({.name = "block" + std::to_string(stage) + "_" + std::to_string(number),
               .channels = scaled(channels, width_),
               .stride = number == 1 && stage > 2 ? 2 : 1,
               .projects = number == 1});
      ++stage;
    }
    net_.add("pool5", "average_pool", {{"global", true}})
        .add("fc", "inner_product", normal(0.01) + Builder::Settings{{"outputs", classes}});
    return net_.build();
  }

 private:
  void convolution(const std::string& name, std::int64_t channels, const Builder::Settings& settings,
                   const Builder::Inputs& inputs = {}, double scale = 1) {
    net_.add(name, "convolution", settings + Builder::Settings{{"outputs", channels}, {"bias", false}}, inputs)
        .add(name + "_bn", "batch_norm", {{"scale_value", scale}});
  }

  void block(const Block& block) {
    const std::string input = net_.last();
    std::string shortcut = input;
    if (block.projects) {
      convolution(block.name + "_shortcut", 4 * block.channels, window(1, block.stride), {input});
      shortcut = net_.last();
    }
    convolution(block.name + "_conv1", block.channels, window(1, strides_early_ ? block.stride : 1), {input});
    net_.add(block.name + "_relu1", "relu");
    convolution(block.name + "_conv2", block.channels, window(3, strides_early_ ? 1 : block.stride, 1));
    net_.add(block.name + "_relu2", "relu");
    convolution(block.name + "_conv3", 4 * block.channels, window(1, 1), {}, 0);
    net_.add(block.name, "add", {}, {net_.last(), shortcut}).add(block.name + "_relu3", "relu");
  }

  Builder net_{"resnet50"};
  double width_;
  bool strides_early_;
};

const Registration<Zoo> registration{
    "resnet50", "ResNet-50 for ImageNet: sixteen bottlenecks", describe(width, version),
    [](const Settings& settings, SampleShape, std::int64_t classes) { return ResNet50(settings).build(classes); }};

}  // namespace
}  // namespace acrtc::network
