#include "acrtc/train/gradient_sum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/train/gradients.hpp"
#include "support/train/shared_array.hpp"

namespace acrtc::train {
namespace {

using test::mean_in_tree;
using test::Sees;
using test::size;

const auto& world() {
  static const auto all = comm::Communicator::world();
  return all;
}

/// Each rank has finished its own slices.
void bring_together(const comm::HostArray& gradients, const GradientSum& sum) {
  SliceSpread spread(gradients, sum.slices(), world());
  for (const Range bucket : sum.buckets()) spread.start(bucket);
  spread.finish();
}

std::vector<float> sum_all(const GradientSumOptions& options, Sees sees) {
  const test::SharedArray shared(world(), size, sees);
  const auto gradients = shared.own();
  GradientSum sum(shared.array(), options, world());
  const auto per_rank = options.nodes / world().size();
  for (int step = 0; step < 3; ++step) {
    sum.begin_step(1.0 / static_cast<double>(options.nodes));
    for (std::int64_t node = world().rank() * per_rank; node < (world().rank() + 1) * per_rank; ++node) {
      test::write_gradients(node, gradients);
      for (std::int64_t end = size; end > 0; end -= 9000) sum.ready({std::max<std::int64_t>(0, end - 9000), end});
      sum.end_node();
    }
    sum.finish();
  }
  bring_together(shared.array(), sum);
  return {gradients.begin(), gradients.end()};
}

class GradientSumOf : public testing::TestWithParam<std::int64_t> {};

TEST_P(GradientSumOf, NodesPerRankIsTheFixedTreesBitForBit) {
  const auto nodes = GetParam() * world().size();
  for (const Sees sees : {Sees::nobody, Sees::half, Sees::all})
    for (const double bucket : {1.0, 65536.0, 1e9})
      EXPECT_EQ(sum_all({nodes, Sync::tree, {bucket}, 1}, sees), mean_in_tree(nodes)) << bucket;
}

TEST_P(GradientSumOf, NodesPerRankComesCloseByAllReduce) {
  const auto nodes = GetParam() * world().size();
  EXPECT_THAT(sum_all({nodes, Sync::iallreduce, {65536.0}, 1}, Sees::all),
              testing::Pointwise(testing::FloatNear(1e-5F), mean_in_tree(nodes)));
}

INSTANTIATE_TEST_SUITE_P(Nodes, GradientSumOf, testing::Values(1, 2, 3, 5));

TEST(GradientSum, OfArraysShorterThanTheRanks) {
  std::vector<float> gradients(1, 1.0F);
  GradientSum sum{std::span(gradients), {world().size(), Sync::tree, {1.0}, 1}, world()};
  sum.begin_step(1);
  sum.ready({0, 1});
  sum.end_node();
  EXPECT_EQ(sum.finish(), world().size());
}

}  // namespace
}  // namespace acrtc::train
