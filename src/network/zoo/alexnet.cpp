#include "builder.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> groups{"groups", 2, "of the second, fourth and fifth convolution", 1, 64};
const Setting<std::string> normalization{.name = "normalization",
                                         .fallback = "lrn",
                                         .help =
                                             "lrn: local response, after two pools' convolutions; batch: batch "
                                             "normalisation in its place and after every other convolution",
                                         .choices = {"lrn", "batch"}};

/// As models/bvlc_alexnet of Caffe, after Krizhevsky et al., NIPS 2012; with batch normalisation, which large batches
/// need (You et al., ICPP 2018, doi:10.1145/3225058.3225069).
class AlexNet {
 public:
  explicit AlexNet(const Settings& settings)
      : width_(settings[width]), groups_(settings[groups]), batch_norm_(settings[normalization] == "batch") {}

  NetworkSpec build(std::int64_t classes) {
    convolution(1, 96, window(11, 4), 0);
    if (!batch_norm_) net_.add("norm1", "lrn");
    pool(1);
    convolution(2, 256, window(5, 1, 2) + grouped(), 0.1);
    if (!batch_norm_) net_.add("norm2", "lrn");
    pool(2);
    convolution(3, 384, window(3, 1, 1), 0);
    convolution(4, 384, window(3, 1, 1) + grouped(), 0.1);
    convolution(5, 256, window(3, 1, 1) + grouped(), 0.1);
    pool(5);
    fully_connected(6);
    fully_connected(7);
    net_.add("fc8", "inner_product", normal(0.01) + caffe_bias(0) + Builder::Settings{{"outputs", classes}});
    return net_.build();
  }

 private:
  /// Channels that the groups can share.
  std::int64_t channels(std::int64_t full) const { return groups_ * scaled(full / groups_, width_); }
  Builder::Settings grouped() const { return {{"groups", groups_}}; }

  void convolution(int number, std::int64_t full, const Builder::Settings& settings, double bias) {
    const std::string suffix = std::to_string(number);
    net_.add("conv" + suffix, "convolution",
             settings + normal(0.01) + caffe_bias(bias) + Builder::Settings{{"outputs", channels(full)}});
    if (batch_norm_) net_.add("bn" + suffix, "batch_norm");
    net_.add("relu" + suffix, "relu");
  }

  void pool(int number) { net_.add("pool" + std::to_string(number), "max_pool", caffe_pool(3, 2)); }

  void fully_connected(int number) {
    const std::string suffix = std::to_string(number);
    net_.add("fc" + suffix, "inner_product",
             normal(0.005) + caffe_bias(0.1) + Builder::Settings{{"outputs", scaled(4096, width_)}})
        .add("relu" + suffix, "relu")
        .add("drop" + suffix, "dropout");
  }

  Builder net_{"alexnet"};
  double width_;
  std::int64_t groups_;
  bool batch_norm_;
};

const Registration<Zoo> registration{
    "alexnet", "AlexNet for ImageNet: five convolutions, in groups as on its two GPUs",
    describe(width, groups, normalization),
    [](const Settings& settings, SampleShape, std::int64_t classes) { return AlexNet(settings).build(classes); }};

}  // namespace
}  // namespace acrtc::network
