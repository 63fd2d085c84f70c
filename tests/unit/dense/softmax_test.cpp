#include "acrtc/dense/softmax.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace acrtc::dense {
namespace {

TEST(LogSoftmax, AgreesWithItsDefinition) {
  std::mt19937 random(9);
  std::normal_distribution<float> normal(0, 20);
  Engine engine(2);
  for (const std::int64_t classes : {1, 10, 1000}) {
    LogSoftmax softmax(classes, engine);
    for (const std::int64_t samples : {4, 1}) {
      std::vector<float> x(static_cast<std::size_t>(samples * classes)), y(x.size()), dy(x.size());
      for (float& value : x) value = normal(random);
      for (float& value : dy) value = 0.01F * normal(random);
      softmax.forward(samples, x.data(), y.data());
      std::vector<float> dx = dy;
      softmax.backward(samples, y.data(), dx.data(), dx.data());
      for (std::int64_t n = 0; n < samples; ++n) {
        double all = 0, total = 0;
        const auto at = [&](std::int64_t c) { return static_cast<std::size_t>(n * classes + c); };
        for (std::int64_t c = 0; c < classes; ++c) {
          all += std::exp(static_cast<double>(x[at(c)]));
          total += dy[at(c)];
        }
        for (std::int64_t c = 0; c < classes; ++c) {
          const double expected = x[at(c)] - std::log(all);
          EXPECT_NEAR(y[at(c)], expected, 1e-5 * (1 + std::abs(expected)));
          EXPECT_NEAR(dx[at(c)], dy[at(c)] - std::exp(expected) * total, 1e-4);
        }
      }
    }
  }
}

}  // namespace
}  // namespace acrtc::dense
