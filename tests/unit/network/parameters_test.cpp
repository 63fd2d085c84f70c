#include "acrtc/network/parameters.hpp"

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

}  // namespace
}  // namespace acrtc::network
