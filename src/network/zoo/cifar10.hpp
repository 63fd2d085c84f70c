#pragma once

#include "builder.hpp"

namespace acrtc::network {

/// How the weights of Caffe's two networks for CIFAR-10 start.
inline const Setting<std::string> initializer{.name = "initializer",
                                              .fallback = "caffe",
                                              .help =
                                                  "caffe: small normal weights, for pixels from 0 to 255 less "
                                                  "their mean; he: for pixels of deviation 1",
                                              .choices = {"caffe", "he"}};

inline Builder::Settings initial_weights(const Settings& settings, double caffe_deviation) {
  return settings[initializer] == "caffe" ? normal(caffe_deviation) : Builder::Settings{};
}

}  // namespace acrtc::network
