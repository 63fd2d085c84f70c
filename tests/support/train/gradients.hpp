#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

/// Made-up gradients of many nodes, and their mean in the fixed tree, written down as its definition reads.
namespace acrtc::train::test {

constexpr std::int64_t size = 70001;

/// Magnitudes far apart, so that every order of summation gives bits of its own.
inline void write_gradients(std::int64_t node, std::span<float> out) {
  for (std::int64_t i = 0; i < std::ssize(out); ++i)
    out[i] = static_cast<float>(std::sin(static_cast<double>(i * 31 + node * 17)) *
                                std::exp2(static_cast<double>((i + 5 * node) % 7)));
}

inline std::vector<float> sum_in_tree(std::span<const std::vector<float>> nodes) {
  if (nodes.size() == 1) return nodes[0];
  std::size_t left = 1;
  while (2 * left < nodes.size()) left *= 2;
  auto sum = sum_in_tree(nodes.first(left));
  const auto right = sum_in_tree(nodes.subspan(left));
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += right[i];
  return sum;
}

inline std::vector<float> mean_in_tree(std::span<const std::vector<float>> nodes) {
  auto mean = sum_in_tree(nodes);
  for (float& value : mean) value *= static_cast<float>(1.0 / static_cast<double>(nodes.size()));
  return mean;
}

/// Of as many nodes of write_gradients(), from number `first` on.
inline std::vector<float> mean_in_tree(std::int64_t nodes, std::int64_t first = 0) {
  std::vector<std::vector<float>> gradients(nodes, std::vector<float>(size));
  for (std::int64_t node = 0; node < nodes; ++node) write_gradients(first + node, gradients[node]);
  return mean_in_tree(gradients);
}

}  // namespace acrtc::train::test
