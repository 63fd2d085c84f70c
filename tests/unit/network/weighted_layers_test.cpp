#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <span>

#include "acrtc/network/layer.hpp"
#include "support/network/bench.hpp"
#include "support/network/onednn_layers.hpp"

/// Layers with weights beside oneDNN's own.
namespace acrtc::network {
namespace {

using test::Bench;
using test::fp32;
using test::table;

void expect_close(std::span<const float> actual, std::span<const float> expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i], 1e-4 * (1 + std::abs(expected[i]))) << what << "[" << i << "]";
}

void expect_agreement(Bench& bench, const test::LayerResult& expected) {
  bench.forward();
  bench.backward();
  expect_close(fp32(bench.out), expected.y, "y");
  expect_close(fp32(bench.d_in[0]), expected.dx, "dx");
  expect_close(bench.parameters.gradients(0), expected.dw, "dw");
  expect_close(bench.parameters.gradients(1), expected.db, "db");
}

test::LayerData data_of(Bench& bench) {
  return {fp32(bench.in[0]), bench.parameters.values(0), bench.parameters.values(1), fp32(bench.d_out)};
}

/// Small values, so that sums of many stay within the tolerance.
void draw(Bench& bench, std::mt19937& random) {
  test::normal(fp32(bench.in[0]), random);
  for (int p : {0, 1}) test::normal(bench.parameters.values(p), random);
  bench.parameters.touch();
}

struct Way {
  reuse::ColumnOrder order;
  WeightGradientOperand compared;
};

class AgainstOneDnn : public testing::TestWithParam<Way> {
 protected:
  test::Setup setup() const { return {"dense", reuse::Format::fp32, GetParam().order, GetParam().compared, 2}; }
};

TEST_P(AgainstOneDnn, ConvolutionAgrees) {
  std::mt19937 random(19);
  const auto draw_from = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  for (int round = 0; round < 15; ++round) {
    const std::int64_t groups = draw_from(1, 3), outputs = groups * draw_from(1, 5);
    reuse::ConvGeometry g;
    g.samples = draw_from(1, 4), g.channels = draw_from(1, 4);
    g.kernel_h = draw_from(1, 5), g.kernel_w = draw_from(1, 5);
    g.stride_h = draw_from(1, 3), g.stride_w = draw_from(1, 3);
    g.pad_h = draw_from(0, g.kernel_h - 1), g.pad_w = draw_from(0, g.kernel_w - 1);
    g.input = {groups * g.channels, g.kernel_h + draw_from(0, 9), g.kernel_w + draw_from(0, 9)};
    const Table settings = table({{"outputs", outputs},
                                  {"groups", groups},
                                  {"kernel_h", g.kernel_h},
                                  {"kernel_w", g.kernel_w},
                                  {"stride_h", g.stride_h},
                                  {"stride_w", g.stride_w},
                                  {"pad_h", g.pad_h},
                                  {"pad_w", g.pad_w}});
    Bench bench("convolution", settings, {g.input}, setup(), g.samples);
    draw(bench, random);
    expect_agreement(bench, test::onednn_convolution(g, outputs, data_of(bench)));
    EXPECT_EQ(bench.layer->macs(), outputs * g.output_h() * g.output_w() * g.columns());
  }
}

TEST_P(AgainstOneDnn, InnerProductAgrees) {
  std::mt19937 random(23);
  for (const auto& [samples, features, outputs] :
       {std::array{1, 1, 1}, {3, 70, 5}, {17, 133, 130}, {70, 200, 10}, {5, 2064, 2056}}) {
    Bench bench("inner_product", table({{"outputs", std::int64_t{outputs}}}), {{features, 1, 1}}, setup(), samples);
    draw(bench, random);
    expect_agreement(bench, test::onednn_inner_product(samples, features, outputs, data_of(bench)));
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, AgainstOneDnn,
                         testing::Values(Way{reuse::ColumnOrder::ckhkw, WeightGradientOperand::x},
                                         Way{reuse::ColumnOrder::khkwc, WeightGradientOperand::x},
                                         Way{reuse::ColumnOrder::ckhkw, WeightGradientOperand::dy},
                                         Way{reuse::ColumnOrder::khkwc, WeightGradientOperand::dy}));

}  // namespace
}  // namespace acrtc::network
