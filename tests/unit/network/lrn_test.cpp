#include "acrtc/dense/lrn.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "support/network/bench.hpp"
#include "support/network/expect_rounded.hpp"

namespace acrtc::network {
namespace {

using dense::LrnSpec;
using test::Bench;
using test::numbers;
using Region = LrnSpec::Region;

struct LrnBench : Bench {
  LrnBench(const LrnSpec& how, const test::Setup& setup, std::int64_t samples)
      : Bench("lrn",
              test::table({{"region",
                            std::string(how.region == Region::across_channels ? "across_channels" : "within_channel")},
                           {"size", how.size},
                           {"alpha", static_cast<double>(how.alpha)},
                           {"beta", static_cast<double>(how.beta)},
                           {"offset", static_cast<double>(how.offset)}}),
              {how.shape}, setup, samples),
        spec(how) {
    std::vector<float> x(static_cast<std::size_t>(in[0].elements()));
    std::mt19937 random(static_cast<std::uint32_t>(x.size()));
    test::normal(x, random);
    reuse::round_into(x.data(), in[0].values());
  }

  LrnSpec spec;
};

/// Across channels with an exponent of 0.75, in the order that the layer promises.
class Defined {
 public:
  Defined(const LrnSpec& spec, const std::vector<float>& x, const std::vector<float>& dy) : spec_(spec) {
    const double weight = spec.alpha / static_cast<double>(spec.size);
    const auto of_squares = static_cast<float>(weight), of_gradients = static_cast<float>(2 * weight * 0.75);
    std::vector<float> direct, weighed;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float base = spec.offset + of_squares * sum(i, [&](std::size_t at) { return x[at] * x[at]; });
      const float divisor = std::sqrt(base) * std::sqrt(std::sqrt(base));
      y.push_back(x[i] / divisor);
      direct.push_back(dy[i] / divisor);
      weighed.push_back(direct[i] * x[i] / base);
    }
    for (std::size_t i = 0; i < x.size(); ++i)
      dx.push_back(direct[i] - of_gradients * x[i] * sum(i, [&](std::size_t at) { return weighed[at]; }));
  }

  std::vector<float> y, dx;

 private:
  float sum(std::size_t i, const std::function<float(std::size_t)>& value) const {
    const auto& [channels, height, width] = spec_.shape;
    const std::int64_t half = spec_.size / 2, pixels = height * width, index = static_cast<std::int64_t>(i);
    const std::int64_t channel = index / pixels % channels;
    float all = 0;
    for (std::int64_t c = std::max<std::int64_t>(0, channel - half); c <= std::min(channels - 1, channel + half); ++c)
      all += value(static_cast<std::size_t>(index + (c - channel) * pixels));
    return all;
  }

  LrnSpec spec_;
};

std::int64_t from(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

/// Images of a pixel up to more than are handled at once, neighbourhoods of one up to far more than there are.
LrnSpec draw(std::mt19937& random) {
  LrnSpec spec{.shape = {from(random, 1, 9), from(random, 1, 12), from(random, 1, 20)},
               .size = 2 * from(random, 0, 4) + 1,
               .alpha = 0.7F,
               .offset = 1.5F};
  if (from(random, 0, 5) == 0) spec.shape = {from(random, 1, 3), from(random, 20, 50), from(random, 20, 50)};
  if (from(random, 0, 9) == 0) spec.size = 4095;
  return spec;
}

void expect_defined(LrnBench& bench, reuse::Format format) {
  SCOPED_TRACE(std::to_string(bench.spec.size) + " of " + to_string(bench.spec.shape) + " in " + reuse::name(format));
  const Defined expected(bench.spec, numbers(bench.in[0]), numbers(bench.d_out));
  bench.forward();
  bench.backward();
  ASSERT_NO_FATAL_FAILURE(test::expect_rounded(numbers(bench.out), expected.y, format));
  ASSERT_NO_FATAL_FAILURE(test::expect_rounded(numbers(bench.d_in[0]), expected.dx, format));
}

TEST(LocalResponse, HasTheBitsOfItsDefinitionOnEveryCpu) {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round)
    for (const reuse::Format format : reuse::formats) {
      LrnBench bench(draw(random), {"dense", format}, 1 + round % 3);
      ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
    }
}

TEST(LocalResponse, PassesOnWhatIsNotFinite) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float odd[] = {NAN, -NAN, infinity, -infinity};
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round)
    for (const reuse::Format format : reuse::formats) {
      LrnBench bench(draw(random), {"dense", format}, 2);
      for (Activations* tensor : {&bench.in[0], &bench.d_out}) {
        std::vector<float> values = numbers(*tensor);
        for (float& value : values)
          if (random() % 40 == 0) value = odd[random() % 4];
        reuse::round_into(values.data(), tensor->values());
      }
      ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
    }
}

TEST(LocalResponse, DoesNotDependOnThreads) {
  for (const SampleShape& shape : {SampleShape{96, 27, 27}, SampleShape{20, 60, 60}, SampleShape{700, 1, 1}})
    for (const reuse::Format format : {reuse::Format::fp16, reuse::Format::bf16, reuse::Format::fp32})
      for (const int threads : {1, 3}) {
        LrnBench bench({.shape = shape, .alpha = 0.7F},
                       {"dense", format, reuse::ColumnOrder::ckhkw, WeightGradientOperand::x, threads}, 2);
        ASSERT_NO_FATAL_FAILURE(expect_defined(bench, format));
      }
}

TEST(LocalResponse, KeepsNothingOfTheWayForward) {
  LrnBench bench({.shape = {32, 16, 16}}, {"dense", reuse::Format::bf16}, 2);
  bench.forward();
  EXPECT_EQ(bench.layer->memory_bytes(), 0);
}

/// What oneDNN makes of the same numbers: y and dx.
std::pair<std::vector<float>, std::vector<float>> by_onednn(LrnBench& bench) {
  dense::Lrn lrn(bench.spec, bench.engine);
  const std::vector<float> x = numbers(bench.in[0]), dy = numbers(bench.d_out);
  std::vector<float> y(x.size()), dx(x.size());
  lrn.forward(bench.in[0].samples(), x.data(), y.data());
  lrn.backward(bench.in[0].samples(), x.data(), dy.data(), dx.data());
  return {y, dx};
}

/// oneDNN itself where the layer has nothing of its own, else close to it.
TEST(LocalResponse, AgreesWithOnednn) {
  for (const auto& [region, beta, tolerance] : {std::tuple{Region::across_channels, 0.75F, 2e-6F},
                                                {Region::across_channels, 0.6F, 0.0F},
                                                {Region::within_channel, 0.75F, 0.0F}})
    for (const SampleShape& shape : {SampleShape{5, 7, 6}, SampleShape{32, 9, 8}}) {
      LrnBench bench({.region = region, .shape = shape, .size = 3, .alpha = 0.7F, .beta = beta, .offset = 1.5F}, {}, 2);
      const auto [y, dx] = by_onednn(bench);
      bench.forward();
      bench.backward();
      for (std::size_t i = 0; i < y.size(); ++i) {
        ASSERT_NEAR(numbers(bench.out)[i], y[i], tolerance) << beta << " " << to_string(shape) << " y " << i;
        ASSERT_NEAR(numbers(bench.d_in[0])[i], dx[i], tolerance) << beta << " " << to_string(shape) << " dx " << i;
      }
    }
}

}  // namespace
}  // namespace acrtc::network
