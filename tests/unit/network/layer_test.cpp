#include "acrtc/network/layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <optional>

#include "acrtc/base/error.hpp"
#include "support/base/user_error.hpp"
#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

using test::Bench;
using test::fill;
using test::fp32;
using test::numbers;
using test::Setup;
using test::table;
using test::operator""_i;

struct Case {
  std::string kind;
  Table settings;
  std::string name;
  std::size_t inputs = 1;
  std::optional<SampleShape> shape{};  ///< instead of the test's own
};

/// What every kind needs to be built, told from its schema.
Table needed_settings(const std::string& kind) {
  Table settings;
  for (const auto& setting : Registry<Layer>::instance().find(kind).schema) {
    if (setting.name == "outputs") test::set(settings, "outputs", 4_i);
    if (setting.name == "kernel") test::set(settings, "kernel", 2_i);
  }
  return settings;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::string& kind : Registry<Layer>::instance().names())
    all.push_back({kind, needed_settings(kind), kind, kind == "add" || kind == "concat" ? 2U : 1U});
  const auto extra = [&](const char* kind, const char* name, Table settings) {
    all.push_back({kind, std::move(settings), std::string(kind) + "_" + name});
  };
  extra("convolution", "grouped",
        table({{"outputs", 4_i},
               {"kernel_h", 3_i},
               {"kernel_w", 2_i},
               {"groups", 2_i},
               {"stride", 2_i},
               {"pad", 1_i},
               {"initializer", std::string("xavier")}}));
  extra("convolution", "without_bias", table({{"outputs", 3_i}, {"kernel", 1_i}, {"bias", false}}));
  extra("lrn", "within_channel", table({{"region", std::string("within_channel")}, {"size", 3_i}, {"alpha", 0.5}}));
  extra("subsample", "more_channels", table({{"outputs", 6_i}, {"stride", 2_i}}));
  for (const char* recurrent : {"lstm", "rnn", "cwrnn"}) {
    extra(recurrent, "all_steps", table({{"outputs", 8_i}, {"output", std::string("all")}}));
    extra(recurrent, "last_step", table({{"outputs", 8_i}}));
    for (Case& c : std::span(all).last(2)) c.shape = {9, 1, 3};
  }
  for (const char* pool : {"max_pool", "average_pool"}) {
    extra(pool, "overlapping", table({{"kernel", 3_i}, {"stride", 2_i}, {"pad", 1_i}}));
    extra(pool, "ceil", table({{"kernel", 2_i}, {"stride", 2_i}, {"round", std::string("ceil")}}));
    extra(pool, "global", table({{"global", true}}));
  }
  return all;
}

std::unique_ptr<Bench> build(const Case& c, SampleShape shape, const Setup& setup = {}) {
  return std::make_unique<Bench>(c.kind, c.settings, std::vector(c.inputs, c.shape.value_or(shape)), setup);
}

class EveryLayer : public testing::TestWithParam<Case> {};

/// The scalar whose gradient backward() is given as d_out.
double objective(Bench& bench) {
  bench.forward();
  double sum = 0;
  for (std::size_t i = 0; i < fp32(bench.out).size(); ++i)
    sum += static_cast<double>(fp32(bench.out)[i]) * fp32(bench.d_out)[i];
  return sum;
}

double central_difference(Bench& bench, float& value) {
  const float step = 0.01F, before = value;
  const auto at = [&](float x) {
    value = x;
    bench.parameters.touch();
    return objective(bench);
  };
  const double difference = at(before + step) - at(before - step);
  value = before;
  bench.parameters.touch();
  return difference / (static_cast<double>(before + step) - static_cast<double>(before - step));
}

TEST_P(EveryLayer, BackwardIsTheDerivativeOfForward) {
  const auto bench = build(GetParam(), {2, 5, 5});
  EXPECT_GT(bench->layer->output_shape().elements(), 0);
  bench->forward();
  bench->backward();
  const auto expect_near = [&](float& value, double gradient) {
    const double expected = central_difference(*bench, value);
    EXPECT_NEAR(gradient, expected, 3e-3 * (1 + std::abs(expected)));
  };
  for (std::size_t i = 0; i < bench->in.size(); ++i) {
    const std::vector<float> gradient(fp32(bench->d_in[i]).begin(), fp32(bench->d_in[i]).end());
    for (std::size_t e = 0; e < gradient.size(); e += 3) expect_near(fp32(bench->in[i])[e], gradient[e]);
  }
  for (int p = 0; p < std::ssize(bench->parameters.list()); ++p)
    for (std::size_t e = 0; bench->parameters.list()[p].is_trained() && e < bench->parameters.values(p).size(); e += 7)
      expect_near(bench->parameters.values(p)[e], bench->parameters.gradients(p)[e]);
}

TEST_P(EveryLayer, DoesNotDependOnThreads) {
  const SampleShape shape{4, 23, 21};
  const auto one = build(GetParam(), shape, {"acrtc", reuse::Format::bf16});
  one->forward();
  one->backward();
  const auto three =
      build(GetParam(), shape, {"acrtc", reuse::Format::bf16, reuse::ColumnOrder::ckhkw, WeightGradientOperand::x, 3});
  three->forward();
  three->backward();
  EXPECT_TRUE(test::same_bits(numbers(one->out), numbers(three->out)));
  EXPECT_TRUE(test::same_bits(numbers(one->d_in[0]), numbers(three->d_in[0])));
  EXPECT_TRUE(test::same_bits(one->parameters.gradients(), three->parameters.gradients()));
  for (std::size_t id = 0; id < one->gemms.records().size(); ++id)
    EXPECT_EQ(one->gemms.records()[id].count, three->gemms.records()[id].count);
}

TEST_P(EveryLayer, PassesOnRoundedValues) {
  for (const reuse::Format format : reuse::formats) {
    const auto bench = build(GetParam(), {2, 7, 7}, {"dense", format});
    bench->forward();
    bench->backward();
    for (const auto& values : {numbers(bench->out), numbers(bench->d_in[0])})
      for (const float value : values) EXPECT_EQ(value, reuse::round_to(format, value)) << reuse::name(format);
  }
}

TEST_P(EveryLayer, RectifiedIsItselfWithAReluBehindIt) {
  for (const reuse::Format format : {reuse::Format::fp32, reuse::Format::bf16}) {
    const auto rectified = build(GetParam(), {2, 7, 9}, {"acrtc", format});
    if (!rectified->layer->rectify()) return;  // leaves it to the ReLU
    const auto plain = build(GetParam(), {2, 7, 9}, {"acrtc", format});
    for (Bench* bench : {rectified.get(), plain.get()}) bench->forward();
    std::vector<float> y = numbers(plain->out), dy = numbers(plain->d_out);
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (y[i] <= 0) dy[i] = 0;
      y[i] = std::max(y[i], 0.0F);
    }
    EXPECT_EQ(numbers(rectified->out), y);
    reuse::round_into(dy.data(), plain->d_out.values());
    for (Bench* bench : {rectified.get(), plain.get()}) bench->backward();
    for (std::size_t i = 0; i < plain->d_in.size(); ++i)
      EXPECT_EQ(numbers(rectified->d_in[i]), numbers(plain->d_in[i]));
    EXPECT_TRUE(test::same_bits(rectified->parameters.gradients(), plain->parameters.gradients()));
  }
}

TEST_P(EveryLayer, OverwritesWhatWasThere) {
  const auto bench = build(GetParam(), {2, 6, 6});
  bench->forward();
  bench->backward();
  const std::vector<float> out(fp32(bench->out).begin(), fp32(bench->out).end());
  const std::vector<float> d_in(fp32(bench->d_in[0]).begin(), fp32(bench->d_in[0]).end());
  const std::vector<float> gradients(bench->parameters.gradients().begin(), bench->parameters.gradients().end());
  fill(bench->out, NAN);
  fill(bench->d_in[0], NAN);
  for (int p = 0; p < std::ssize(bench->parameters.list()); ++p) std::ranges::fill(bench->parameters.gradients(p), NAN);
  bench->forward();
  bench->backward();
  EXPECT_TRUE(test::same_bits(fp32(bench->out), out));
  EXPECT_TRUE(test::same_bits(fp32(bench->d_in[0]), d_in));
  EXPECT_TRUE(test::same_bits(bench->parameters.gradients(), gradients));
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryLayer, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

void expect_refusal(const std::string& kind, const Table& settings, SampleShape input, const std::string& why) {
  EXPECT_THAT(test::user_error([&] { Bench(kind, settings, {input}); }),
              testing::AllOf(testing::HasSubstr("layer"), testing::HasSubstr(why)))
      << kind;
}

TEST(Layers, RefuseWhatDoesNotFit) {
  const SampleShape image{3, 8, 8};
  expect_refusal("convolution", table({{"outputs", 4_i}, {"kernel", 9_i}}), image, "kernel 9x9 is larger");
  expect_refusal("convolution", table({{"outputs", 4_i}, {"kernel", 3_i}, {"groups", 2_i}}), image, "groups");
  expect_refusal("convolution", table({{"kernel", 3_i}}), image, "outputs must be given");
  expect_refusal("convolution", table({{"outputs", 4_i}}), image, "window must be given");
  expect_refusal("max_pool", table({{"kernel", 2_i}, {"pad", 2_i}}), image, "padding 2x2");
  expect_refusal("inner_product", {}, image, "outputs must be given");
}

TEST(Dropout, DrawsBySampleAndStepAndKeepsTheMean) {
  Bench bench("dropout", table({{"probability", 0.25}}), {{1000, 1, 1}});
  fill(bench.in[0], 3);
  bench.forward();
  const auto first = fp32(bench.out, 0);
  const auto kept = std::ranges::count(fp32(bench.out), 4.0F);
  EXPECT_EQ(kept + std::ranges::count(fp32(bench.out), 0.0F), 3000);
  EXPECT_NEAR(static_cast<double>(kept), 2250, 120);
  EXPECT_FALSE(test::same_bits(first, fp32(bench.out, 1)));

  const std::vector<float> masked(first.begin(), first.end());
  std::ranges::reverse(bench.ids);
  bench.forward();
  EXPECT_TRUE(test::same_bits(fp32(bench.out, 2), masked)) << "the mask follows the sample";
}

double mean(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(BatchNorm, NormalisesTheBatchAndLeavesItsStatistics) {
  Bench bench("batch_norm", table({{"epsilon", 1e-12}}), {{1, 4, 5}});
  bench.parameters.values(0)[0] = 3;
  bench.parameters.values(1)[0] = -2;
  bench.forward();
  const auto x = fp32(bench.in[0]), y = fp32(bench.out);
  std::vector<float> squares;
  for (const float value : y) squares.push_back((value + 2) * (value + 2));
  EXPECT_NEAR(mean(y), -2, 1e-5);
  EXPECT_NEAR(mean(squares), 9, 1e-4);
  squares.clear();
  for (const float value : x) squares.push_back(value * value);
  EXPECT_NEAR(bench.parameters.gradients(2)[0], mean(x), 1e-5);
  EXPECT_NEAR(bench.parameters.gradients(3)[0], (mean(squares) - mean(x) * mean(x)) * 60 / 59, 1e-4);
}

TEST(BatchNorm, EvaluatesWithTheRunningAverages) {
  Bench bench("batch_norm", table({{"average_share", 0.25}, {"epsilon", 1e-12}}), {{1, 4, 5}});
  bench.parameters.gradients(2)[0] = 2 * 8;
  bench.parameters.gradients(3)[0] = 2 * 5;
  bench.parameters.update_averages(0.5, {0, bench.parameters.size()});
  EXPECT_EQ(bench.parameters.values(2)[0], 2.0F);  // of 0 and 8
  EXPECT_EQ(bench.parameters.values(3)[0], 2.0F);  // of 1 and 5
  const auto inputs = bench.inputs();
  bench.layer->forward({.mode = Mode::evaluation, .sample_ids = bench.ids}, inputs, bench.out);
  for (std::size_t i = 0; i < fp32(bench.out).size(); ++i)
    EXPECT_NEAR(fp32(bench.out)[i], (fp32(bench.in[0])[i] - 2) / std::sqrt(2.0), 1e-5);
}

TEST(Concat, PutsChannelsOneAfterTheOther) {
  Bench bench("concat", {}, {{2, 2, 2}, {1, 2, 2}});
  bench.forward();
  EXPECT_EQ(bench.layer->output_shape(), (SampleShape{3, 2, 2}));
  EXPECT_TRUE(test::same_bits(fp32(bench.out, 1).first(8), fp32(bench.in[0], 1)));
  EXPECT_TRUE(test::same_bits(fp32(bench.out, 1).last(4), fp32(bench.in[1], 1)));
  EXPECT_THROW(Bench("concat", {}, {{2, 2, 2}, {1, 2, 3}}), UserError);
  EXPECT_THROW(Bench("add", {}, {{2, 2, 2}, {1, 2, 2}}), UserError);
}

TEST(Subsample, KeepsEverySecondPixelAndFillsUpWithZeros) {
  Bench bench("subsample", table({{"outputs", 3_i}}), {{2, 3, 4}});
  bench.forward();
  EXPECT_EQ(bench.layer->output_shape(), (SampleShape{3, 2, 2}));
  const auto x = fp32(bench.in[0], 2);
  EXPECT_THAT(fp32(bench.out, 2),
              testing::ElementsAre(x[0], x[2], x[8], x[10], x[12], x[14], x[20], x[22], 0, 0, 0, 0));
}

}  // namespace
}  // namespace acrtc::network
