#include "acrtc/network/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "acrtc/base/error.hpp"
#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

Parameter parameter(std::vector<std::int64_t> shape, Initializer initializer) {
  return {.name = "p", .layer = "l", .shape = std::move(shape), .initializer = initializer};
}

TEST(ParameterStore, LaysParametersOutOnCacheLines) {
  ParameterStore store;
  EXPECT_EQ(store.add(parameter({3, 5}, {Initializer::Kind::constant, 2})), 0);
  EXPECT_EQ(store.add(parameter({17}, {Initializer::Kind::constant, 3})), 1);
  store.finish(1);
  EXPECT_EQ(store.size(), 48);
  EXPECT_EQ(store.list()[1].offset, 16);
  EXPECT_EQ(store.values(1).data(), store.values().data() + 16);
  EXPECT_EQ(store.gradients(1).size(), 17U);
  EXPECT_EQ(std::accumulate(store.values().begin(), store.values().end(), 0.0F), 2 * 15 + 3 * 17) << "gaps are zero";
  EXPECT_TRUE(std::ranges::all_of(store.gradients(), [](float g) { return g == 0; }));
  EXPECT_THROW(store.add(parameter({1}, {})), InternalError);
}

TEST(ParameterStore, DrawsWeightsByParameterAndElementAlone) {
  const auto draw = [](std::uint64_t seed, int threads) {
    ParameterStore store;
    store.add(parameter({100, 300}, {Initializer::Kind::uniform, 0.5F}));
    store.add(parameter({200, 100}, {Initializer::Kind::normal, 2}));
    store.finish(seed, threads);
    return std::vector<float>(store.values().begin(), store.values().end());
  };
  const auto values = draw(4, 1);
  EXPECT_EQ(values, draw(4, 3));
  EXPECT_NE(values, draw(5, 1));

  const std::span uniform(values.data(), 30000), normal(values.data() + 30000, 20000);
  const auto deviation = [](std::span<const float> x) {
    return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / static_cast<double>(x.size()));
  };
  EXPECT_LE(std::ranges::max(uniform), 0.5F);
  EXPECT_GE(std::ranges::min(uniform), -0.5F);
  EXPECT_NEAR(deviation(uniform), 0.5 / std::sqrt(3.0), 0.01);
  EXPECT_NEAR(deviation(normal), 2, 0.05);
}

TEST(ParameterStore, TellsThatValuesMayHaveChanged) {
  ParameterStore store;
  store.add(parameter({1}, {}));
  store.finish(1);
  const auto version = store.version();
  store.touch();
  EXPECT_NE(store.version(), version);
}

TEST(ParameterStore, MovesIntoMemoryOfOthersAndKeepsThat) {
  ParameterStore store;
  const int weight = store.add(parameter({5}, {.scale = 3}));
  store.finish(1);
  std::ranges::fill(store.gradients(), 2.0F);
  const auto version = store.version();
  auto memory = std::make_shared<AlignedBuffer<float>>(2 * store.size());
  const std::weak_ptr<AlignedBuffer<float>> watched = memory;
  const auto half = [&](int i) { return memory->span().subspan(i * store.size(), store.size()); };
  store.move_to(half(0), half(1), memory);
  EXPECT_EQ(store.values().data(), memory->data());
  EXPECT_THAT(store.values(weight), testing::Each(3.0F));
  EXPECT_THAT(store.gradients(weight), testing::Each(2.0F));
  EXPECT_NE(store.version(), version);
  memory.reset();
  EXPECT_FALSE(watched.expired());
}

TEST(ParameterStore, PutsRunningAveragesBehindAndMovesThem) {
  ParameterStore store;
  Parameter running = parameter({3}, {.scale = 4});
  running.average_share = 0.5;
  const int average = store.add(running);
  const int weight = store.add(parameter({5}, {.scale = 1}));
  store.finish(1);
  EXPECT_EQ(store.list()[weight].offset, 0);
  EXPECT_EQ(store.list()[average].offset, store.trained_size());
  EXPECT_GT(store.size(), store.trained_size());
  std::ranges::fill(store.gradients(), 16.0F);
  const auto version = store.version();
  store.update_averages(0.125, {0, store.size()});
  EXPECT_THAT(store.values(average), testing::Each(3.0F));
  EXPECT_THAT(store.values(weight), testing::Each(1.0F));
  EXPECT_NE(store.version(), version);
}

TEST(ParameterStore, MovesNoMoreOfRunningAveragesThanAsked) {
  ParameterStore store;
  Parameter running = parameter({3}, {.scale = 4});
  running.average_share = 0.5;
  const int first = store.add(running), second = store.add(running);
  store.finish(1);
  std::ranges::fill(store.gradients(), 2.0F);
  const std::int64_t begin = store.list()[first].offset;
  store.update_averages(1, {begin + 1, begin + 2});
  EXPECT_THAT(store.values(first), testing::ElementsAre(4, 3, 4));
  EXPECT_THAT(store.values(second), testing::Each(4.0F));
}

TEST(ParameterStore, ConnectsEachOutputToSoManyInputs) {
  ParameterStore store;
  const Initializer sparse{.kind = Initializer::Kind::sparse, .scale = 1, .connections = 15};
  store.add(parameter({40, 3, 8}, sparse));
  store.add(parameter({2, 7}, sparse));
  store.finish(5);
  std::vector<std::int64_t> used(24, 0);
  for (std::int64_t output = 0; output < 40; ++output) {
    const auto row = store.values(0).subspan(24 * output, 24);
    EXPECT_EQ(24 - std::ranges::count(row, 0.0F), 15);
    for (std::size_t input = 0; input < 24; ++input) used[input] += row[input] != 0;
  }
  EXPECT_GT(std::ranges::min(used), 12) << "25 on average";
  EXPECT_LT(std::ranges::max(used), 36);
  EXPECT_EQ(std::ranges::count(store.values(1), 0.0F), 0);
}

}  // namespace
}  // namespace acrtc::network
