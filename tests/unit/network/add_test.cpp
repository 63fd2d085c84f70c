#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

using test::Bench;
using test::numbers;
using test::same_bits;

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Rectified, with rare numbers among the first input's.
std::unique_ptr<Bench> bench_of(std::size_t inputs, std::int64_t length, reuse::Format format) {
  auto bench = std::make_unique<Bench>("add", Table{}, std::vector(inputs, SampleShape{1, 1, length}),
                                       test::Setup{"dense", format});
  std::vector<float> values = numbers(bench->in[0]);
  const float rare[] = {NAN, infinity, -infinity, 0.0F, -0.0F, 1e-40F, -3.0F};
  for (std::size_t i = 0; i < values.size(); i += 5) values[i] = rare[i / 5 % std::size(rare)];
  reuse::round_into(values.data(), bench->in[0].values());
  EXPECT_TRUE(bench->layer->rectify());
  return bench;
}

TEST(Add, RoundsTheSumOnceWhateverItsLength) {
  for (const reuse::Format format : reuse::formats)
    for (const std::size_t inputs : {2U, 3U, 4U})
      for (const std::int64_t length : {1, 7, 27, 363, 1001}) {
        const auto bench = bench_of(inputs, length, format);
        bench->forward();
        std::vector<float> sum = numbers(bench->in[0]);
        for (std::size_t i = 1; i < inputs; ++i)
          std::ranges::transform(sum, numbers(bench->in[i]), sum.begin(), std::plus());
        for (float& value : sum) value = value <= 0 ? 0 : value;
        reuse::round_to(format, sum);
        EXPECT_TRUE(same_bits(numbers(bench->out), sum)) << reuse::name(format) << ", " << inputs << " x " << length;
      }
}

TEST(Add, GivesEachInputTheGradientWhereTheSumIsPositive) {
  for (const reuse::Format format : reuse::formats)
    for (const std::int64_t length : {1, 7, 27, 363}) {
      const auto bench = bench_of(3, length, format);
      bench->forward();
      bench->backward();
      const std::vector<float> y = numbers(bench->out);
      std::vector<float> expected = numbers(bench->d_out);
      for (std::size_t i = 0; i < y.size(); ++i)
        if (!(y[i] > 0)) expected[i] = 0;
      for (const Activations& gradient : bench->d_in)
        EXPECT_TRUE(same_bits(numbers(gradient), expected)) << reuse::name(format) << " x " << length;
    }
}

}  // namespace
}  // namespace acrtc::network
