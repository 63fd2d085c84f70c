#include "acrtc/train/optimizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/train/small_run.hpp"

namespace acrtc::train {
namespace {

using test::make;

/// Two parameters, the second with factors of its own; all weights 1.
struct Weights {
  explicit Weights(std::int64_t size = 2) {
    store.add({.name = "a.weight", .layer = "a", .shape = {size}, .initializer = {.scale = 1}});
    store.add({.name = "a.bias",
               .layer = "a",
               .shape = {size},
               .initializer = {.scale = 1},
               .learning_rate_factor = 2,
               .weight_decay_factor = 0});
    store.finish(1);
  }

  void set_gradients(float value) { std::ranges::fill(store.gradients(), value); }

  network::ParameterStore store;
};

TEST(Sgd, MovesDownTheGradientByRateAndFactor) {
  Weights weights;
  const auto sgd = make<Optimizer>("sgd", {{"momentum", Value{0.0}}}, weights.store);
  weights.set_gradients(0.5F);
  const auto version = weights.store.version();
  sgd->step(weights.store, 0.25, 1);
  EXPECT_EQ(weights.store.values(0)[1], 0.875F);
  EXPECT_EQ(weights.store.values(1)[1], 0.75F);
  EXPECT_NE(weights.store.version(), version);
  EXPECT_TRUE(sgd->state().empty());
  EXPECT_EQ(sgd->bytes_per_parameter(), 12);
}

TEST(Sgd, CarriesMomentumWithTheRateInIt) {
  Weights weights;
  const auto sgd = make<Optimizer>("sgd", {{"momentum", Value{0.5}}}, weights.store);
  weights.set_gradients(1);
  sgd->step(weights.store, 0.25, 1);   // v = 0.25
  sgd->step(weights.store, 0.125, 1);  // v = 0.125 + 0.125
  EXPECT_EQ(weights.store.values(0)[0], 0.5F);
  ASSERT_EQ(sgd->state().size(), 1U);
  EXPECT_EQ(sgd->state()[0][0], 0.25F);
  EXPECT_EQ(sgd->bytes_per_parameter(), 20);
}

TEST(Sgd, LooksAheadWithNesterov) {
  Weights weights;
  const auto sgd = make<Optimizer>("sgd", {{"momentum", Value{0.5}}, {"nesterov", Value{true}}}, weights.store);
  weights.set_gradients(1);
  sgd->step(weights.store, 0.25, 1);  // v = 0.25, w -= 1.5 * 0.25
  EXPECT_EQ(weights.store.values(0)[0], 0.625F);
  sgd->step(weights.store, 0.25, 1);  // v = 0.375, w -= 1.5 * 0.375 - 0.5 * 0.25
  EXPECT_EQ(weights.store.values(0)[0], 0.1875F);
}

TEST(Sgd, DecaysWeightsByTheirFactor) {
  Weights weights;
  const auto sgd = make<Optimizer>("sgd", {{"momentum", Value{0.0}}, {"weight_decay", Value{0.5}}}, weights.store);
  weights.set_gradients(0);
  sgd->step(weights.store, 0.5, 1);
  EXPECT_EQ(weights.store.values(0)[0], 0.75F);
  EXPECT_EQ(weights.store.values(1)[0], 1.0F);
}

class EveryOptimizer : public testing::TestWithParam<std::string> {};

TEST_P(EveryOptimizer, GivesTheSameBitsOnAnyNumberOfThreads) {
  Weights one(100000), three(100000);
  const auto a = make<Optimizer>(GetParam(), {}, one.store), b = make<Optimizer>(GetParam(), {}, three.store);
  for (int step = 0; step < 3; ++step) {
    for (std::int64_t i = 0; i < one.store.size(); ++i)
      one.store.gradients()[i] = three.store.gradients()[i] = static_cast<float>(std::sin(static_cast<double>(i)));
    a->step(one.store, 0.1, 1);
    b->step(three.store, 0.1, 3);
  }
  EXPECT_THAT(three.store.values(), testing::ElementsAreArray(one.store.values()));
  for (std::size_t i = 0; i < a->state().size(); ++i) {
    EXPECT_EQ(std::ssize(a->state()[i]), one.store.size());
    EXPECT_THAT(b->state()[i], testing::ElementsAreArray(a->state()[i]));
  }
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryOptimizer, testing::ValuesIn(Registry<Optimizer>::instance().names()));

}  // namespace
}  // namespace acrtc::train
