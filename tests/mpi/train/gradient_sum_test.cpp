#include "acrtc/train/gradient_sum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "support/train/gradients.hpp"
#include "support/train/shared_array.hpp"

namespace acrtc::train {
namespace {

using test::mean_in_tree;
using test::Sees;
using test::size;

constexpr int steps = 4;

const auto& world() {
  static const auto all = comm::Communicator::world();
  return all;
}

/// Checks what stands in this rank's slices after each of several steps with gradients of their own, of which one rank
/// is late; the others write at once over what it may still read.
template <class Check>
void sum_steps(const GradientSumOptions& options, Sees sees, Check check) {
  const test::SharedArray shared(world(), size, sees);
  const auto gradients = shared.own();
  GradientSum sum(shared.array(), options, world());
  const auto per_rank = options.nodes / world().size();
  for (int step = 0; step < steps; ++step) {
    sum.begin_step(1.0 / static_cast<double>(options.nodes));
    if (step % world().size() == world().rank()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    for (std::int64_t node = world().rank() * per_rank; node < (world().rank() + 1) * per_rank; ++node) {
      test::write_gradients(node + 100 * step, gradients);
      for (std::int64_t end = size; end > 0; end -= 9000) sum.ready({std::max<std::int64_t>(0, end - 9000), end});
      sum.end_node();
    }
    sum.finish();
    for (const Range bucket : sum.buckets()) {
      const Range own = sum.slices().own(bucket);
      check(step, own, gradients.subspan(own.begin, own.size()));
    }
    std::ranges::fill(gradients, std::numeric_limits<float>::quiet_NaN());
  }
}

/// [step]
std::vector<std::vector<float>> means_of_steps(std::int64_t nodes) {
  std::vector<std::vector<float>> means;
  for (int step = 0; step < steps; ++step) means.push_back(mean_in_tree(nodes, 100 * step));
  return means;
}

class GradientSumOf : public testing::TestWithParam<std::int64_t> {};

TEST_P(GradientSumOf, NodesPerRankIsTheFixedTreesBitForBit) {
  const auto nodes = GetParam() * world().size();
  const auto means = means_of_steps(nodes);
  for (const Sees sees : {Sees::nobody, Sees::half, Sees::all})
    for (const double bucket : {1.0, 65536.0, 1e9})
      sum_steps({nodes, Sync::tree, {bucket}, 1}, sees, [&](int step, Range own, std::span<const float> sum) {
        EXPECT_TRUE(std::ranges::equal(sum, std::span(means[step]).subspan(own.begin, own.size())))
            << "step " << step << ", bucket " << bucket << ", from " << own.begin;
      });
}

TEST_P(GradientSumOf, NodesPerRankComesCloseByAllReduce) {
  const auto nodes = GetParam() * world().size();
  const auto means = means_of_steps(nodes);
  sum_steps({nodes, Sync::iallreduce, {65536.0}, 1}, Sees::all, [&](int step, Range own, std::span<const float> sum) {
    const auto expected = std::span(means[step]).subspan(own.begin, own.size());
    EXPECT_THAT(sum, testing::Pointwise(testing::FloatNear(1e-5F), expected));
  });
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
