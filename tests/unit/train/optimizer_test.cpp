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
  sgd->step(weights.store, {.learning_rate = 0.25, .threads = 1});
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
  sgd->step(weights.store, {.learning_rate = 0.25, .threads = 1});   // v = 0.25
  sgd->step(weights.store, {.learning_rate = 0.125, .threads = 1});  // v = 0.125 + 0.125
  EXPECT_EQ(weights.store.values(0)[0], 0.5F);
  ASSERT_EQ(sgd->state().size(), 1U);
  EXPECT_EQ(sgd->state()[0][0], 0.25F);
  EXPECT_EQ(sgd->bytes_per_parameter(), 20);
}

TEST(Sgd, LooksAheadWithNesterov) {
  Weights weights;
  const auto sgd = make<Optimizer>("sgd", {{"momentum", Value{0.5}}, {"nesterov", Value{true}}}, weights.store);
  weights.set_gradients(1);
  sgd->step(weights.store, {.learning_rate = 0.25, .threads = 1});  // v = 0.25, w -= 1.5 * 0.25
  EXPECT_EQ(weights.store.values(0)[0], 0.625F);
  sgd->step(weights.store, {.learning_rate = 0.25, .threads = 1});  // v = 0.375, w -= 1.5 * 0.375 - 0.5 * 0.25
  EXPECT_EQ(weights.store.values(0)[0], 0.1875F);
}

TEST(Sgd, DecaysWeightsByTheirFactor) {
  Weights weights;
  const auto sgd = make<Optimizer>("sgd", {{"momentum", Value{0.0}}, {"weight_decay", Value{0.5}}}, weights.store);
  weights.set_gradients(0);
  sgd->step(weights.store, {.learning_rate = 0.5, .threads = 1});
  EXPECT_EQ(weights.store.values(0)[0], 0.75F);
  EXPECT_EQ(weights.store.values(1)[0], 1.0F);
}

TEST(Sgd, RaisesMomentumEvery250Steps) {
  const auto momentum_at = [](std::int64_t step) {
    Weights weights;
    const auto sgd = make<Optimizer>(
        "sgd", {{"momentum", Value{0.99}}, {"momentum_schedule", Value{std::string("sutskever")}}}, weights.store);
    weights.set_gradients(1);
    sgd->step(weights.store, {.step = step, .learning_rate = 1});
    sgd->step(weights.store, {.step = step, .learning_rate = 0});
    return sgd->state()[0][0];
  };
  EXPECT_EQ(momentum_at(0), 0.5F);
  EXPECT_EQ(momentum_at(249), 0.5F);
  EXPECT_EQ(momentum_at(250), 0.75F);
  EXPECT_EQ(momentum_at(1000), 0.9F);
  EXPECT_EQ(momentum_at(100000), 0.99F);
}

TEST(Lars, MovesEachParameterInProportionToItsNorm) {
  Weights weights(4);  // norms 2; the bias without decay, at twice the rate
  const auto lars = make<Optimizer>(
      "lars", {{"trust", Value{0.125}}, {"momentum", Value{0.5}}, {"weight_decay", Value{0.5}}}, weights.store);
  weights.set_gradients(3);                         // norm 6
  lars->step(weights.store, {.learning_rate = 1});  // local rates 0.25 / 7 and 0.25 / 6
  EXPECT_NEAR(weights.store.values(0)[2], 1 - 0.25 / 7 * 3.5, 1e-6);
  EXPECT_NEAR(weights.store.values(1)[2], 1 - 2 * 0.25 / 6 * 3, 1e-6);
  lars->step(weights.store, {.learning_rate = 0});
  EXPECT_NEAR(lars->state()[0][2], 0.5 * 0.25 / 7 * 3.5, 1e-6);
}

TEST(Lars, TakesTheRateAsItIsWhereANormIsZero) {
  Weights weights;
  const auto lars = make<Optimizer>("lars", {}, weights.store);
  std::ranges::fill(weights.store.values(0), 0.0F);
  weights.set_gradients(0.5F);
  lars->step(weights.store, {.learning_rate = 0.25});
  EXPECT_EQ(weights.store.values(0)[0], -0.125F);
}

TEST(Lars, LeavesVectorsAloneIfAsked) {
  Weights weights;
  const auto lars = make<Optimizer>("lars", {{"scale_vectors", Value{false}}}, weights.store);
  weights.set_gradients(0.5F);
  lars->step(weights.store, {.learning_rate = 0.25});
  EXPECT_EQ(weights.store.values(1)[0], 0.75F);
}

class EveryOptimizer : public testing::TestWithParam<std::string> {};

TEST_P(EveryOptimizer, GivesTheSameBitsOnAnyNumberOfThreads) {
  Weights one(100000), three(100000);
  const auto a = make<Optimizer>(GetParam(), {}, one.store), b = make<Optimizer>(GetParam(), {}, three.store);
  for (int step = 0; step < 3; ++step) {
    for (std::int64_t i = 0; i < one.store.size(); ++i)
      one.store.gradients()[i] = three.store.gradients()[i] = static_cast<float>(std::sin(static_cast<double>(i)));
    a->step(one.store, {.learning_rate = 0.1, .threads = 1});
    b->step(three.store, {.learning_rate = 0.1, .threads = 3});
  }
  EXPECT_THAT(three.store.values(), testing::ElementsAreArray(one.store.values()));
  for (std::size_t i = 0; i < a->state().size(); ++i) {
    EXPECT_EQ(std::ssize(a->state()[i]), one.store.size());
    EXPECT_THAT(b->state()[i], testing::ElementsAreArray(a->state()[i]));
  }
}

/// Parts may end anywhere, within parameters and between them.
TEST_P(EveryOptimizer, MovesInPartsWhatItMovesAtOnceIfElementwise) {
  Weights whole(1000), parts(1000);
  const auto a = make<Optimizer>(GetParam(), {}, whole.store), b = make<Optimizer>(GetParam(), {}, parts.store);
  if (!a->is_elementwise()) GTEST_SKIP() << "looks at whole parameters";
  for (int step = 0; step < 3; ++step) {
    for (std::int64_t i = 0; i < whole.store.size(); ++i)
      whole.store.gradients()[i] = parts.store.gradients()[i] = static_cast<float>(std::sin(static_cast<double>(i)));
    a->step(whole.store, {.learning_rate = 0.1});
    for (const Range part : {Range{1500, 3000}, Range{0, 7}, Range{7, 7}, Range{7, 1500}})
      b->step(parts.store, {.learning_rate = 0.1, .elements = part});
  }
  EXPECT_THAT(parts.store.values(), testing::ElementsAreArray(whole.store.values()));
  for (std::size_t i = 0; i < a->state().size(); ++i)
    EXPECT_THAT(b->state()[i], testing::ElementsAreArray(a->state()[i]));
}

TEST_P(EveryOptimizer, LeavesAloneWhatItIsNotToMove) {
  Weights weights(100);
  const auto optimizer = make<Optimizer>(GetParam(), {}, weights.store);
  if (!optimizer->is_elementwise()) GTEST_SKIP() << "looks at whole parameters";
  weights.set_gradients(1);
  optimizer->step(weights.store, {.learning_rate = 0.1, .elements = {10, 12}});
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(weights.store.values(0)[i] != 1.0F, i == 10 || i == 11) << i;
  EXPECT_THAT(weights.store.values(1), testing::Each(1.0F));
}

TEST_P(EveryOptimizer, LeavesRunningAveragesToTheBatches) {
  network::ParameterStore store;
  store.add({.name = "a.mean", .layer = "a", .shape = {2}, .initializer = {.scale = 1}, .average_share = 0.5});
  store.finish(1);
  std::ranges::fill(store.gradients(), 1.0F);
  make<Optimizer>(GetParam(), {}, store)->step(store, {.learning_rate = 1});
  EXPECT_EQ(store.values(0)[0], 1.0F);
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryOptimizer, testing::ValuesIn(Registry<Optimizer>::instance().names()));

}  // namespace
}  // namespace acrtc::train
