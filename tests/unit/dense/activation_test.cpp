#include "acrtc/dense/activation.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <vector>

namespace acrtc::dense {
namespace {

struct Case {
  ActivationKind kind;
  std::function<double(double)> function, derivative;  ///< the derivative in terms of the result
};

std::vector<Case> cases() {
  return {
      {ActivationKind::relu, [](double x) { return x > 0 ? x : 0; }, [](double y) { return y > 0 ? 1 : 0; }},
      {ActivationKind::tanh, [](double x) { return std::tanh(x); }, [](double y) { return 1 - y * y; }},
      {ActivationKind::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, [](double y) { return y * (1 - y); }}};
}

TEST(Activation, AgreesWithItsDefinitionInPlaceToo) {
  Engine engine(2);
  for (const Case& c : cases()) {
    Activation activation(c.kind, Element::f32, engine);
    for (const std::size_t size : {1000U, 17U}) {
      std::vector<float> x(size), dy(size);
      for (std::size_t i = 0; i < size; ++i) {
        x[i] = static_cast<float>(12 * std::sin(static_cast<double>(i)));
        dy[i] = static_cast<float>(i % 7) - 3;
      }
      std::vector<float> y(size), dx = dy;
      activation.forward(std::ssize(x), x.data(), y.data());
      activation.backward(std::ssize(x), y.data(), dx.data(), dx.data());
      std::vector<float> in_place = x;
      activation.forward(std::ssize(x), in_place.data(), in_place.data());
      EXPECT_EQ(in_place, y);
      for (std::size_t i = 0; i < size; ++i) {
        EXPECT_NEAR(y[i], c.function(x[i]), 2e-6);
        EXPECT_NEAR(dx[i], c.derivative(y[i]) * dy[i], 2e-6);
      }
    }
  }
}

TEST(Activation, TakesBf16AndRoundsOnce) {
  if (!Engine::has_bf16()) GTEST_SKIP() << "this CPU multiplies no bf16, so that nothing is stored as such";
  Engine engine(1);
  const std::vector<std::uint16_t> x{0x3f80, 0xbf80, 0x3e99, 0xc020, 0x0000};  // 1, -1, 0.299, -2.5, 0
  for (const Case& c : cases()) {
    std::vector<std::uint16_t> y(x.size());
    Activation(c.kind, Element::bf16, engine).forward(std::ssize(x), x.data(), y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = c.function(std::bit_cast<float>(std::uint32_t{x[i]} << 16));
      EXPECT_NEAR(std::bit_cast<float>(std::uint32_t{y[i]} << 16), exact, std::abs(exact) / 256 + 1e-7);
    }
  }
}

TEST(Activation, DoesNotDependOnThreads) {
  std::vector<float> x(100'003), one(x.size()), three(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(std::sin(static_cast<double>(i)));
  for (const Case& c : cases()) {
    {
      Engine engine(1);
      Activation(c.kind, Element::f32, engine).forward(std::ssize(x), x.data(), one.data());
    }
    Engine engine(3);
    Activation(c.kind, Element::f32, engine).forward(std::ssize(x), x.data(), three.data());
    EXPECT_EQ(one, three);
  }
}

}  // namespace
}  // namespace acrtc::dense
