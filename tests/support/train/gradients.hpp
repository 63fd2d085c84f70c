#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"

/// Made-up gradients of many nodes and their sum in the fixed tree, written down as its definition reads.
namespace acrtc::train::test {

constexpr std::int64_t size = 70001;

/// Magnitudes far apart, so that every order of summation gives bits of its own.
inline void write_gradients(std::int64_t node, std::span<float> out) {
  for (std::int64_t i = 0; i < std::ssize(out); ++i)
    out[i] = static_cast<float>(std::sin(static_cast<double>(i * 31 + node * 17)) *
                                std::exp2(static_cast<double>((i + 5 * node) % 7)));
}

inline std::vector<float> sum_in_tree(Range nodes) {
  std::vector<float> sum(size);
  if (nodes.size() == 1) {
    write_gradients(nodes.begin, sum);
    return sum;
  }
  std::int64_t left = 1;
  while (2 * left < nodes.size()) left *= 2;
  sum = sum_in_tree({nodes.begin, nodes.begin + left});
  const auto right = sum_in_tree({nodes.begin + left, nodes.end});
  for (std::int64_t i = 0; i < size; ++i) sum[i] += right[i];
  return sum;
}

inline std::vector<float> mean_in_tree(std::int64_t nodes) {
  auto mean = sum_in_tree({0, nodes});
  for (float& value : mean) value *= static_cast<float>(1.0 / static_cast<double>(nodes));
  return mean;
}

}  // namespace acrtc::train::test
