#include "acrtc/dense/lrn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>
#include <vector>

namespace acrtc::dense {
namespace {

/// Few channels, for which oneDNN has its reference code, or as many as its kernels take.
constexpr SampleShape shapes[] = {{5, 4, 3}, {16, 4, 3}};
constexpr std::int64_t samples = 2;

std::vector<float> random_values(const SampleShape& shape) {
  std::mt19937 random(3);
  std::normal_distribution<float> draw;
  std::vector<float> values(samples * shape.elements());
  for (float& value : values) value = draw(random);
  return values;
}

/// The definition: what lies outside counts as zero, the mean is over as many values as a neighbourhood has.
double expected(const LrnSpec& spec, const std::vector<float>& x, std::int64_t n, SampleShape at) {
  const SampleShape& shape = spec.shape;
  const bool across = spec.region == LrnSpec::Region::across_channels;
  const std::int64_t half = spec.size / 2;
  const auto value = [&](std::int64_t c, std::int64_t h, std::int64_t w) -> double {
    if (c < 0 || h < 0 || w < 0 || c >= shape.channels || h >= shape.height || w >= shape.width) return 0;
    return x[((n * shape.channels + c) * shape.height + h) * shape.width + w];
  };
  double squares = 0;
  for (std::int64_t i = -half; i <= half; ++i)
    for (std::int64_t j = across ? 0 : -half; j <= (across ? 0 : half); ++j)
      squares += across ? std::pow(value(at.channels + i, at.height, at.width), 2)
                        : std::pow(value(at.channels, at.height + i, at.width + j), 2);
  const auto count = static_cast<double>(across ? spec.size : spec.size * spec.size);
  return value(at.channels, at.height, at.width) / std::pow(spec.offset + spec.alpha * squares / count, spec.beta);
}

class EveryRegion : public testing::TestWithParam<std::tuple<LrnSpec::Region, SampleShape>> {
 protected:
  const SampleShape shape = std::get<1>(GetParam());
  const LrnSpec spec{
      .region = std::get<0>(GetParam()), .shape = shape, .size = 3, .alpha = 0.7F, .beta = 0.75F, .offset = 1.5F};
};

TEST_P(EveryRegion, DividesByThePowerOfTheMeanSquare) {
  Engine engine(2);
  Lrn lrn(spec, engine);
  const auto x = random_values(shape);
  std::vector<float> y(x.size());
  lrn.forward(samples, x.data(), y.data());
  std::size_t i = 0;
  for (std::int64_t n = 0; n < samples; ++n)
    for (std::int64_t c = 0; c < shape.channels; ++c)
      for (std::int64_t h = 0; h < shape.height; ++h)
        for (std::int64_t w = 0; w < shape.width; ++w, ++i) EXPECT_NEAR(y[i], expected(spec, x, n, {c, h, w}), 1e-5);
}

double weighted_sum(const LrnSpec& spec, const std::vector<float>& x, const std::vector<float>& weights) {
  const SampleShape& shape = spec.shape;
  double sum = 0;
  std::size_t i = 0;
  for (std::int64_t n = 0; n < samples; ++n)
    for (std::int64_t c = 0; c < shape.channels; ++c)
      for (std::int64_t h = 0; h < shape.height; ++h)
        for (std::int64_t w = 0; w < shape.width; ++w, ++i) sum += weights[i] * expected(spec, x, n, {c, h, w});
  return sum;
}

/// Held against central differences of the definition.
TEST_P(EveryRegion, GoesBackByTheDerivative) {
  constexpr float step = 1e-2F;
  Engine engine(2);
  Lrn lrn(spec, engine);
  const auto x = random_values(shape);
  std::vector<float> y(x.size()), dx(x.size()), dy = random_values(shape);
  std::ranges::reverse(dy);
  lrn.forward(samples, x.data(), y.data());
  lrn.backward(samples, x.data(), dy.data(), dx.data());
  auto moved = x;
  for (std::size_t i = 0; i < x.size(); i += 7) {
    moved[i] = x[i] + step;
    const double above = weighted_sum(spec, moved, dy);
    moved[i] = x[i] - step;
    EXPECT_NEAR(dx[i], (above - weighted_sum(spec, moved, dy)) / (2 * step), 1e-3);
    moved[i] = x[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Regions, EveryRegion,
                         testing::Combine(testing::Values(LrnSpec::Region::across_channels,
                                                          LrnSpec::Region::within_channel),
                                          testing::ValuesIn(shapes)));

}  // namespace
}  // namespace acrtc::dense
