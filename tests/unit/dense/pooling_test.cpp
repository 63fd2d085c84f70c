#include "acrtc/dense/pooling.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace acrtc::dense {
namespace {

/// One window's inputs, as indices into a channel.
std::vector<std::int64_t> covered(const PoolingSpec& s, std::int64_t oh, std::int64_t ow) {
  std::vector<std::int64_t> inputs;
  for (std::int64_t y = oh * s.stride_h - s.pad_h; y < oh * s.stride_h - s.pad_h + s.kernel_h; ++y)
    for (std::int64_t x = ow * s.stride_w - s.pad_w; x < ow * s.stride_w - s.pad_w + s.kernel_w; ++x)
      if (y >= 0 && y < s.input.height && x >= 0 && x < s.input.width) inputs.push_back(y * s.input.width + x);
  return inputs;
}

struct Pooled {
  Tensor y, dx;
};

Pooled slow_pool(const PoolingSpec& s, const Tensor& x, const Tensor& dy) {
  Pooled out{Tensor(x.samples(), s.output), Tensor(x.samples(), s.input)};
  const std::int64_t in_size = s.input.height * s.input.width;
  std::int64_t at = 0;
  for (std::int64_t channel = 0; channel < x.samples() * s.input.channels; ++channel)
    for (std::int64_t oh = 0; oh < s.output.height; ++oh)
      for (std::int64_t ow = 0; ow < s.output.width; ++ow, ++at) {
        const auto inputs = covered(s, oh, ow);
        const float* from = x.data() + channel * in_size;
        float* gradient = out.dx.data() + channel * in_size;
        if (s.kind == PoolingSpec::Kind::max) {
          const auto largest = *std::ranges::max_element(inputs, {}, [&](std::int64_t i) { return from[i]; });
          out.y.data()[at] = from[largest];
          gradient[largest] += dy.data()[at];
        } else {
          const auto count = static_cast<float>(inputs.size());
          for (const std::int64_t i : inputs) out.y.data()[at] += from[i] / count;
          for (const std::int64_t i : inputs) gradient[i] += dy.data()[at] / count;
        }
      }
  return out;
}

Tensor random_tensor(std::int64_t samples, SampleShape shape, std::mt19937& random) {
  Tensor tensor(samples, shape);
  std::normal_distribution<float> normal;
  for (float& value : tensor.values()) value = normal(random);
  return tensor;
}

void expect_near(const Tensor& actual, const Tensor& expected) {
  for (std::size_t i = 0; i < actual.values().size(); ++i)
    ASSERT_NEAR(actual.values()[i], expected.values()[i], 1e-5) << i;
}

class EveryKind : public testing::TestWithParam<PoolingSpec::Kind> {};

TEST_P(EveryKind, AgreesWithItsDefinition) {
  std::mt19937 random(3);
  Engine engine(2);
  const PoolingSpec specs[] = {{GetParam(), {3, 8, 6}, {3, 4, 3}, 2, 2, 2, 2},
                               {GetParam(), {2, 7, 7}, {2, 4, 4}, 3, 3, 2, 2, 1, 1},
                               {GetParam(), {2, 7, 9}, {2, 4, 5}, 2, 2, 2, 2},  // a remainder with its own window
                               {GetParam(), {2, 8, 8}, {2, 3, 3}, 2, 2, 3, 3},  // a remainder left out
                               {GetParam(), {5, 4, 3}, {5, 1, 1}, 4, 3}};
  for (const PoolingSpec& spec : specs) {
    Pooling pooling(spec, engine);
    for (const std::int64_t samples : {3, 1, 3}) {
      const Tensor x = random_tensor(samples, spec.input, random), dy = random_tensor(samples, spec.output, random);
      Tensor y(samples, spec.output), dx(samples, spec.input);
      dx.fill(std::numeric_limits<float>::quiet_NaN());
      pooling.forward(samples, x.data(), y.data());
      pooling.backward(samples, dy.data(), dx.data());
      const Pooled expected = slow_pool(spec, x, dy);
      expect_near(y, expected.y);
      expect_near(dx, expected.dx);
    }
  }
}

/// Numbers of three bits, whose sums FP32 holds exactly, so that bf16's are those of FP32, rounded once.
TEST_P(EveryKind, Bf16IsFp32RoundedAtTheEnd) {
  if (!Engine::has_bf16()) GTEST_SKIP() << "this CPU multiplies no bf16, so that nothing is stored as such";
  std::mt19937 random(4);
  Engine engine(1);
  PoolingSpec spec{GetParam(), {3, 9, 9}, {3, 4, 4}, 3, 3, 2, 2};
  Tensor x(2, spec.input), dy(2, spec.output), y(2, spec.output), dx(2, spec.input);
  const auto halves = [&](Tensor& tensor) {
    std::vector<std::uint16_t> upper;
    for (float& value : tensor.values()) {
      const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
      upper.push_back(static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16));
    }
    return upper;
  };
  for (Tensor* tensor : {&x, &dy})
    for (float& value : tensor->values()) value = std::ldexp(static_cast<float>(random() % 8 + 8), random() % 8);
  Pooling exact(spec, engine);
  exact.forward(2, x.data(), y.data());
  exact.backward(2, dy.data(), dx.data());
  spec.element = Element::bf16;
  Pooling pooling(spec, engine);
  std::vector<std::uint16_t> y16(y.values().size()), dx16(dx.values().size());
  pooling.forward(2, halves(x).data(), y16.data());
  pooling.backward(2, halves(dy).data(), dx16.data());
  EXPECT_EQ(y16, halves(y));
  EXPECT_EQ(dx16, halves(dx));
}

INSTANTIATE_TEST_SUITE_P(Pooling, EveryKind, testing::Values(PoolingSpec::Kind::max, PoolingSpec::Kind::average));

}  // namespace
}  // namespace acrtc::dense
