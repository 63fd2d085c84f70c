#include "builder.hpp"

namespace acrtc::network {
namespace {

/// Channels of an inception module's branches.
struct Inception {
  const char* name;
  std::int64_t one, three_reduced, three, five_reduced, five, pooled;
};

/// As models/bvlc_googlenet of Caffe, after Szegedy et al., CVPR 2015, doi:10.1109/CVPR.2015.7298594, without the two
/// auxiliary classifiers.
class GoogLeNet {
 public:
  explicit GoogLeNet(double width) : width_(width) {}

  NetworkSpec build(std::int64_t classes) {
    convolution("conv1", 64, window(7, 2, 3));
    pool("pool1");
    net_.add("norm1", "lrn");
    convolution("conv2_reduce", 64, window(1, 1));
    convolution("conv2", 192, window(3, 1, 1));
    net_.add("norm2", "lrn");
    pool("pool2");
    inception({"3a", 64, 96, 128, 16, 32, 32});
    inception({"3b", 128, 128, 192, 32, 96, 64});
    pool("pool3");
    inception({"4a", 192, 96, 208, 16, 48, 64});
    inception({"4b", 160, 112, 224, 24, 64, 64});
    inception({"4c", 128, 128, 256, 24, 64, 64});
    inception({"4d", 112, 144, 288, 32, 64, 64});
    inception({"4e", 256, 160, 320, 32, 128, 128});
    pool("pool4");
    inception({"5a", 256, 160, 320, 32, 128, 128});
    inception({"5b", 384, 192, 384, 48, 128, 128});
    net_.add("pool5", "average_pool", {{"global", true}})
        .add("drop", "dropout", {{"probability", 0.4}})
        .add("classifier", "inner_product", xavier() + caffe_bias(0) + Builder::Settings{{"outputs", classes}});
    return net_.build();
  }

 private:
  static Builder::Settings xavier() { return {{"initializer", std::string("xavier")}}; }

  /// Returns the name of the output.
  std::string convolution(const std::string& name, std::int64_t channels, const Builder::Settings& settings,
                          const Builder::Inputs& inputs = {}) {
    net_.add(name, "convolution",
             settings + xavier() + caffe_bias(0.2) + Builder::Settings{{"outputs", scaled(channels, width_)}}, inputs)
        .add(name + "_relu", "relu");
    return net_.last();
  }

  void pool(const std::string& name) { net_.add(name, "max_pool", caffe_pool(3, 2)); }

  void inception(const Inception& module) {
    const std::string input = net_.last(), name = std::string("inception") + module.name;
    const auto one = convolution(name + "_1x1", module.one, window(1, 1), {input});
    convolution(name + "_3x3_reduce", module.three_reduced, window(1, 1), {input});
    const auto three = convolution(name + "_3x3", module.three, window(3, 1, 1));
    convolution(name + "_5x5_reduce", module.five_reduced, window(1, 1), {input});
    const auto five = convolution(name + "_5x5", module.five, window(5, 1, 2));
    net_.add(name + "_pool", "max_pool", window(3, 1, 1), {input});
    const auto pooled = convolution(name + "_pool_1x1", module.pooled, window(1, 1));
    net_.add(name, "concat", {}, {one, three, five, pooled});
  }

  Builder net_{"googlenet"};
  double width_;
};

const Registration<Zoo> registration{"googlenet", "GoogLeNet for ImageNet: nine inception modules", describe(width),
                                     [](const Settings& settings, SampleShape, std::int64_t classes) {
                                       return GoogLeNet(settings[width]).build(classes);
                                     }};

}  // namespace
}  // namespace acrtc::network
