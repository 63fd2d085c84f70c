#include "acrtc/train/gradient_sum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/train/gradients.hpp"

namespace acrtc::train {
namespace {

using test::mean_in_tree;
using test::size;

std::vector<float> sum_all(const GradientSumOptions& options, std::span<const Range> order) {
  std::vector<float> gradients(size);
  GradientSum sum{std::span(gradients), options, comm::Communicator::world()};
  sum.begin_step(1.0 / static_cast<double>(options.nodes));
  for (std::int64_t node = 0; node < options.nodes; ++node) {
    test::write_gradients(node, gradients);
    for (const Range range : order) sum.ready(range);
    sum.end_node();
  }
  sum.finish();
  return gradients;
}

const std::vector<Range> backward_order{{60000, size}, {59998, 60000}, {10, 59998}, {0, 10}};

class GradientSumOf : public testing::TestWithParam<std::int64_t> {};

TEST_P(GradientSumOf, NodesIsTheFixedTreesBitForBit) {
  const auto expected = mean_in_tree(GetParam());
  for (const int threads : {1, 2})
    for (const double bucket : {1.0, 65536.0, 1e9})
      EXPECT_EQ(sum_all({GetParam(), Sync::tree, {bucket}, threads}, backward_order), expected) << bucket;
}

TEST_P(GradientSumOf, NodesComesCloseByAllReduce) {
  const auto expected = mean_in_tree(GetParam());
  const auto sum = sum_all({GetParam(), Sync::iallreduce, {65536.0}, 1}, backward_order);
  EXPECT_THAT(sum, testing::Pointwise(testing::FloatNear(1e-5F), expected));
}

INSTANTIATE_TEST_SUITE_P(Nodes, GradientSumOf, testing::Values(1, 2, 3, 5, 6, 7, 8, 11));

TEST(GradientSum, TakesWhatNobodyCalledReady) {
  EXPECT_EQ(sum_all({3, Sync::tree, {65536.0}, 1}, {}), mean_in_tree(3));
}

TEST(GradientSum, CutsByShapeAlone) {
  EXPECT_THAT(GradientSum::cut(10000, {2 * 4096 * 4.0 + 5}), testing::ElementsAre(Range{0, 8192}, Range{8192, 10000}));
  EXPECT_EQ(GradientSum::cut(10000, {1.0}).size(), 3U);
  EXPECT_TRUE(GradientSum::cut(0, {1.0}).empty());
}

TEST(GradientSum, MeasuresEachNodeAndTheMean) {
  std::vector<float> gradients(size);
  GradientSum sum{std::span(gradients), {2, Sync::tree, {65536.0}, 1}, comm::Communicator::world()};
  sum.begin_step(0.5);
  std::ranges::fill(gradients, 3.0F);
  EXPECT_NEAR(sum.end_node(), 3 * std::sqrt(size), 1e-6);
  std::ranges::fill(gradients, -1.0F);
  EXPECT_NEAR(sum.end_node(), std::sqrt(size), 1e-6);
  EXPECT_NEAR(sum.finish(), std::sqrt(size), 1e-6);
}

TEST(GradientSum, OneNodesNormIsTheMeansButForTheFactor) {
  std::vector<float> gradients(size);
  GradientSum sum{std::span(gradients), {1, Sync::tree, {65536.0}, 1}, comm::Communicator::world()};
  for (const double factor : {1.0, 0.25}) {
    test::write_gradients(0, gradients);
    sum.begin_step(factor);
    const double node = sum.end_node();
    EXPECT_EQ(sum.finish(), node * factor);
  }
}

TEST(GradientSum, NormTellsOfInfinityAnywhere) {
  std::vector<float> gradients(size, 1e30F);
  GradientSum sum{std::span(gradients), {1, Sync::tree, {65536.0}, 1}, comm::Communicator::world()};
  sum.begin_step(1);
  EXPECT_TRUE(std::isfinite(sum.end_node()));
  EXPECT_TRUE(std::isfinite(sum.finish()));
  gradients[size - 1] = std::numeric_limits<float>::infinity();
  sum.begin_step(1);
  EXPECT_FALSE(std::isfinite(sum.end_node()));
  EXPECT_FALSE(std::isfinite(sum.finish()));
}

TEST(GradientSum, LeavesRunningAveragesOutOfNorms) {
  std::vector<float> gradients(5000);
  GradientSum sum{std::span(gradients), {.nodes = 1, .trained = 4500}, comm::Communicator::world()};
  sum.begin_step(0.5);
  std::fill_n(gradients.begin(), 4500, 2.0F);
  std::fill_n(gradients.begin() + 4500, 500, 1e6F);
  EXPECT_NEAR(sum.end_node(), 2 * std::sqrt(4500.0), 1e-9);
  EXPECT_NEAR(sum.finish(), std::sqrt(4500.0), 1e-9);
  EXPECT_EQ(gradients.back(), 5e5F);
}

}  // namespace
}  // namespace acrtc::train
