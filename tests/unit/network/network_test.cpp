#include "acrtc/network/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "acrtc/base/error.hpp"
#include "support/base/user_error.hpp"
#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

using test::Batch;
using test::Machine;
using test::Setup;
using test::table;
using test::zoo;
using test::operator""_i;

LayerSpec layer(std::string name, std::string kind, std::vector<std::string> inputs, Table settings = {}) {
  return {std::move(name), std::move(kind), std::move(inputs), std::move(settings)};
}

constexpr SampleShape digits{1, 28, 28};

/// input -> a -> b -> (b + a) + a -> logits: the gradient of a is a sum of three.
NetworkSpec branching() {
  const Table four = table({{"outputs", 4_i}}), three = table({{"outputs", 3_i}});
  return {"branching",
          {layer("a", "inner_product", {}, four), layer("t", "tanh", {"a"}), layer("b", "inner_product", {"t"}, four),
           layer("s", "add", {"b", "t"}), layer("u", "add", {"s", "t"}), layer("d", "add", {"u", "u"}),
           layer("logits", "inner_product", {"d"}, three)}};
}

/// `r` can be done by `a`, `q` not, as the sum reads `b` too; `p` by the sum.
NetworkSpec rectified() {
  const Table four = table({{"outputs", 4_i}}), three = table({{"outputs", 3_i}});
  return {"rectified",
          {layer("a", "inner_product", {}, four), layer("r", "relu", {"a"}), layer("b", "inner_product", {"r"}, four),
           layer("q", "relu", {"b"}), layer("s", "add", {"b", "q"}), layer("p", "relu", {"s"}),
           layer("logits", "inner_product", {"p"}, three)}};
}

class Gradients : public testing::TestWithParam<NetworkSpec> {};

TEST_P(Gradients, AreThoseOfTheLoss) {
  Machine machine;
  const Batch batch(3, {6, 1, 1}, 3);
  Network net(GetParam(), {6, 1, 1}, {.max_samples = 3, .classes = 3, .label_smoothing = 0.1}, machine.gemms);
  const auto mean_loss = [&] {
    net.parameters().touch();
    return net.forward(batch.pass(), batch.images, batch.labels).loss / 3;
  };
  mean_loss();
  net.backward(batch.pass());
  const auto gradients = net.parameters().gradients();
  for (const Parameter& p : net.parameters().list())
    for (std::int64_t e = p.offset; e < p.offset + p.size; ++e) {
      float& weight = net.parameters().values()[e];
      const float before = weight;
      weight = before + 0.01F;
      const double high = mean_loss();
      weight = before - 0.01F;
      const double low = mean_loss();
      weight = before;
      EXPECT_NEAR(gradients[e], (high - low) / 0.02, 2e-3) << p.name << "[" << e - p.offset << "]";
    }
}

INSTANTIATE_TEST_SUITE_P(Graphs, Gradients, testing::Values(branching(), rectified()),
                         [](const auto& info) { return info.param.name; });

TEST(Network, ShowsLayersThatOthersDoTheWorkOf) {
  Machine machine;
  const auto layers = survey(rectified(), {6, 1, 1}, {.classes = 3}, machine.gemms);
  ASSERT_EQ(layers.size(), 7U);
  EXPECT_EQ(layers[1].kind, "relu");
  EXPECT_EQ(layers[1].input_elements, 4);
  EXPECT_TRUE(layers[1].fused);
  EXPECT_FALSE(layers[0].fused);
  EXPECT_FALSE(layers[3].fused) << "the layer before q has two readers";
}

TEST(Network, LayersThatJoinReadAllInputs) {
  Machine machine;
  const auto layers = survey(branching(), {6, 1, 1}, {.classes = 3}, machine.gemms);
  EXPECT_EQ(layers[0].input_elements, 6);
  EXPECT_EQ(layers[3].kind, "add");
  EXPECT_EQ(layers[3].input_elements, 8);
}

TEST(Network, AnnouncesGradientsFromTheLastLayerToTheFirst) {
  Machine machine;
  const Batch batch(2, digits, 10);
  Network net(zoo("lenet", digits, 10), digits, {.max_samples = 2}, machine.gemms);
  net.forward(batch.pass(), batch.images, batch.labels);
  std::int64_t end = net.parameters().size();
  int calls = 0;
  net.backward(batch.pass(), [&](Range range) {
    EXPECT_EQ(range.end, end);
    EXPECT_TRUE(std::ranges::any_of(net.parameters().gradients().subspan(range.begin, range.size()),
                                    [](float g) { return g != 0; }));
    end = range.begin;
    ++calls;
  });
  EXPECT_EQ(end, 0);
  EXPECT_EQ(calls, 4);
}

TEST(Network, LossIsThatOfTheSmoothedLabels) {
  Machine machine;
  const Table settings = table({{"outputs", 4_i}, {"initializer", std::string("constant")}});
  Network net({"line", {layer("ip", "inner_product", {}, settings)}}, {2, 1, 1},
              {.max_samples = 4, .classes = 4, .label_smoothing = 0.2}, machine.gemms);
  auto bias = net.parameters().values(1);
  bias[0] = 1, bias[1] = 3, bias[2] = 3, bias[3] = 0;
  Batch batch(4, {2, 1, 1}, 4);
  batch.images.fill(0);
  batch.labels = {0, 1, 2, 3};
  const LossSum sum = net.forward(batch.pass(), batch.images, batch.labels, 8);
  double all = 0, expected = 0;
  for (const float logit : bias) all += std::exp(static_cast<double>(logit));
  for (const float logit : bias) expected -= logit - std::log(all);  // each label once: smoothing changes nothing
  EXPECT_NEAR(sum.loss, expected, 1e-4);
  EXPECT_EQ(sum.correct, 1) << "the first of the largest logits";
  EXPECT_EQ(sum.samples, 4);

  batch.labels = {3, 3, 3, 3};
  net.forward(batch.pass(), batch.images, batch.labels, 8);
  net.backward(batch.pass());
  for (std::size_t c = 0; c < 4; ++c) {
    const double target = 0.05 + (c == 3 ? 0.8 : 0.0);
    EXPECT_NEAR(net.parameters().gradients(1)[c], 8 * (std::exp(bias[c]) / all - target), 1e-4);
  }
  batch.labels[2] = 4;
  EXPECT_THROW(net.forward(batch.pass(), batch.images, batch.labels), UserError);
}

TEST(Network, EvaluatesSmallerBatchesWithoutCountingThem) {
  Machine machine({.scheme = "acrtc", .format = reuse::Format::bf16});
  const Batch batch(6, digits, 10), part(6, digits, 10);
  Network net(zoo("lenet", digits, 10), digits, {.max_samples = 6}, machine.gemms);
  machine.gemms.begin_pass(0);
  net.forward(batch.pass(Mode::evaluation), batch.images, batch.labels);
  const std::vector<float> all(net.logits().values().begin(), net.logits().values().end());
  Tensor two(2, digits);
  std::ranges::copy(batch.images.values().first(two.values().size()), two.values().begin());
  const auto sum = net.forward(batch.pass(Mode::evaluation), two, std::span(batch.labels).first(2));
  EXPECT_EQ(sum.samples, 2);
  EXPECT_TRUE(test::same_bits(net.logits().values(), std::span(all).first(20)));
  for (const GemmRecord& record : machine.gemms.records()) EXPECT_EQ(record.count, reuse::ReuseCount{});
}

TEST(Network, RefusesGraphsThatDoNotFit) {
  const auto refusal = [](const std::vector<LayerSpec>& layers) {
    Machine machine;
    return test::user_error([&] { Network({"n", layers}, digits, {.classes = 10}, machine.gemms); });
  };
  const Table ten = table({{"outputs", 10_i}}), nine = table({{"outputs", 9_i}});
  using testing::HasSubstr;
  EXPECT_THAT(refusal({}), HasSubstr("no layers"));
  EXPECT_THAT(refusal({layer("pool", "average_pool", {}, table({{"global", true}}))}), HasSubstr("no matrix products"));
  EXPECT_THAT(refusal({layer("ip", "inner_product", {}, nine)}), HasSubstr("'ip' gives 9x1x1"));
  EXPECT_THAT(refusal({layer("a", "relu", {}), layer("a", "inner_product", {}, ten)}), HasSubstr("two layers"));
  EXPECT_THAT(refusal({layer("one", "relu", {}), layer("ip", "inner_product", {"ome"}, ten)}),
              HasSubstr("did you mean 'one'?"));
  EXPECT_THAT(refusal({layer("a", "relu", {}), layer("ip", "inner_product", {"input"}, ten)}),
              HasSubstr("nothing uses the output of layer 'a'"));
  EXPECT_THAT(refusal({layer("a", "rleu", {})}), HasSubstr("did you mean 'relu'?"));
  EXPECT_THAT(refusal({layer("c", "convolution", {}, table({{"outputs", 1_i}, {"kernal", 1_i}}))}),
              HasSubstr("network.layer.c.kernal"));
}

TEST(ParseLayers, ReadsNamesKindsAndSettings) {
  const auto value = [](Table t) { return Value(Value::Data(std::move(t)), {"n.toml", 4}); };
  Table second = table({{"kind", std::string("relu")}});
  second.set("inputs", Value(Value::Data(Array{Value(Value::Data(std::string("input")))})));
  const auto layers = parse_layers({value(table({{"kind", std::string("convolution")}, {"outputs", 8_i}})),
                                    value(second), value(table({{"kind", std::string("relu")}})),
                                    value(table({{"kind", std::string("tanh")}, {"name", std::string("t")}}))});
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers[0].name, "convolution1");
  EXPECT_NE(layers[0].settings.find("outputs"), nullptr);
  EXPECT_EQ(layers[0].settings.find("kind"), nullptr);
  EXPECT_EQ(layers[1].inputs, std::vector<std::string>{"input"});
  EXPECT_EQ(layers[2].name, "relu2");
  EXPECT_EQ(layers[3].name, "t");
  const auto refusal = [&](const Table& t) { return test::user_error([&] { parse_layers({value(t)}); }); };
  EXPECT_THAT(refusal(table({{"name", std::string("x")}})), testing::HasSubstr("n.toml:4 has no kind"));
  EXPECT_THAT(refusal(table({{"kind", 3_i}})), testing::HasSubstr("network.layer.kind"));
}

}  // namespace
}  // namespace acrtc::network
