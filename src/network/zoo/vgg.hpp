#pragma once

#include "builder.hpp"

namespace acrtc::network {

/// The thirteen convolutions of configuration D of Simonyan & Zisserman, ICLR 2015, arXiv:1409.1556, in five blocks
/// with a pool at the end of each.
enum class VggNormalization { none, batch };
inline void add_vgg16_convolutions(Builder& net, double factor, VggNormalization normalization) {
  int block = 0;
  for (const auto& [layers, channels] : {std::pair{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}) {
    const std::string number = std::to_string(++block);
    for (int layer = 1; layer <= layers; ++layer) {
      const std::string suffix = number + "_" + std::to_string(layer);
      net.add("conv" + suffix, "convolution",
              window(3, 1, 1) + Builder::Settings{{"outputs", scaled(channels, factor)}});
      if (normalization == VggNormalization::batch) net.add("bn" + suffix, "batch_norm");
      net.add("relu" + suffix, "relu");
    }
    net.add("pool" + number, "max_pool", window(2, 2));
  }
}

}  // namespace acrtc::network
