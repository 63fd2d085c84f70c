#include "acrtc/network/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "acrtc/base/error.hpp"
#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

using test::Machine;
using test::Setup;
using test::table;
using test::operator""_i;

NetworkSpec zoo(const std::string& name, SampleShape input, std::int64_t classes, const Table& settings = {}) {
  const auto& entry = Registry<Zoo>::instance().find(name);
  return entry.make(Settings("network", settings, entry.schema), input, classes);
}

LayerSpec layer(std::string name, std::string kind, std::vector<std::string> inputs, Table settings = {}) {
  return {std::move(name), std::move(kind), std::move(inputs), std::move(settings)};
}

/// A batch of normal images with labels in turn.
struct Batch {
  Batch(std::int64_t samples, SampleShape shape, std::int64_t classes) : images(samples, shape) {
    std::mt19937 random(31);
    test::normal(images.values(), random);
    for (std::int64_t n = 0; n < samples; ++n) {
      labels.push_back(static_cast<std::int32_t>(n * 7 % classes));
      ids.push_back(static_cast<std::uint32_t>(n));
    }
  }
  PassContext pass(Mode mode = Mode::training) const { return {.mode = mode, .sample_ids = ids}; }

  Tensor images;
  std::vector<std::int32_t> labels;
  std::vector<std::uint32_t> ids;
};

constexpr SampleShape digits{1, 28, 28};

TEST(Network, LeNetHasThePublishedSizes) {
  Machine machine;
  Network net(zoo("lenet-caffe", digits, 10), digits, {.max_samples = 2}, machine.gemms);
  std::int64_t macs = 0, parameters = 0;
  std::map<std::string, std::int64_t> by_layer;
  for (const LayerInfo& info : net.layers()) {
    macs += by_layer[info.name] = info.macs;
    parameters += info.parameters;
    EXPECT_EQ(info.has_gemm, info.macs > 0);
  }
  EXPECT_EQ(by_layer["conv1"], 288'000);
  EXPECT_EQ(by_layer["conv2"], 1'600'000);
  EXPECT_EQ(by_layer["ip1"], 400'000);
  EXPECT_EQ(by_layer["ip2"], 5'000);
  EXPECT_EQ(macs, 2'293'000);
  EXPECT_EQ(parameters, 431'080);
  EXPECT_EQ(machine.gemms.list().size(), 11U) << "the first layer has no grad_input";
  EXPECT_EQ(net.parameters().list()[1].learning_rate_factor, 2) << "of conv1.bias";
  const std::int64_t activations = 784 + 11520 + 2880 + 3200 + 800 + 500 + 500 + 10;
  EXPECT_GE(net.memory_bytes(), 4 * (2 * activations + 2 * parameters));
}

class EveryZoo : public testing::TestWithParam<std::string> {};

struct Trained {
  std::vector<float> gradients, logits;
  LossSum loss;
};

Trained run_once(const std::string& name, const Setup& setup, SampleShape shape) {
  Machine machine(setup);
  const Batch batch(5, shape, 10);
  Network net(zoo(name, shape, 10), shape, {.max_samples = 5}, machine.gemms);
  machine.gemms.begin_pass(0);
  const LossSum loss = net.forward(batch.pass(), batch.images, batch.labels);
  net.backward(batch.pass());
  const auto gradients = net.parameters().gradients();
  const auto logits = net.logits().values();
  return {{gradients.begin(), gradients.end()}, {logits.begin(), logits.end()}, loss};
}

TEST_P(EveryZoo, DoesNotDependOnThreadsAndLevelZeroIsDense) {
  const Trained one = run_once(GetParam(), {.scheme = "acrtc", .format = reuse::Format::bf16}, digits);
  const Trained three = run_once(GetParam(), {.scheme = "acrtc", .format = reuse::Format::bf16, .threads = 3}, digits);
  const Trained dense = run_once(GetParam(), {.scheme = "dense", .format = reuse::Format::bf16}, digits);
  EXPECT_TRUE(test::same_bits(one.gradients, three.gradients));
  EXPECT_TRUE(test::same_bits(one.logits, three.logits));
  EXPECT_EQ(one.loss.loss, three.loss.loss);
  EXPECT_EQ(one.gradients, dense.gradients);
  EXPECT_EQ(one.logits, dense.logits);
}

TEST_P(EveryZoo, LearnsABatch) {
  Machine machine({.scheme = "acrtc", .format = reuse::Format::bf16, .threads = 2});
  const Batch batch(8, digits, 10);
  Network net(zoo(GetParam(), digits, 10), digits, {.max_samples = 8}, machine.gemms);
  LossSum first, last;
  for (int step = 0; step < 15; ++step) {
    last = net.forward(batch.pass(), batch.images, batch.labels);
    if (step == 0) first = last;
    net.backward(batch.pass());
    for (std::size_t i = 0; i < net.parameters().values().size(); ++i)
      net.parameters().values()[i] -= 0.01F * net.parameters().gradients()[i];
    net.parameters().touch();
  }
  EXPECT_LT(last.loss, 0.5 * first.loss);
  EXPECT_GE(last.correct, first.correct);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryZoo, testing::ValuesIn(Registry<Zoo>::instance().names()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

/// input -> a -> b -> (b + a) + a -> logits: the gradient of a is a sum of three.
NetworkSpec branching() {
  const Table four = table({{"outputs", 4_i}}), three = table({{"outputs", 3_i}});
  return {"branching",
          {layer("a", "inner_product", {}, four), layer("t", "tanh", {"a"}), layer("b", "inner_product", {"t"}, four),
           layer("s", "add", {"b", "t"}), layer("u", "add", {"s", "t"}), layer("d", "add", {"u", "u"}),
           layer("logits", "inner_product", {"d"}, three)}};
}

TEST(Network, AddsGradientsWhereAnOutputFeedsSeveralLayers) {
  Machine machine;
  const Batch batch(3, {6, 1, 1}, 3);
  Network net(branching(), {6, 1, 1}, {.max_samples = 3, .classes = 3, .label_smoothing = 0.1}, machine.gemms);
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
  const auto refusal = [](std::vector<LayerSpec> layers) {
    Machine machine;
    try {
      Network net({"n", std::move(layers)}, digits, {.classes = 10}, machine.gemms);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  const Table ten = table({{"outputs", 10_i}}), nine = table({{"outputs", 9_i}});
  using testing::HasSubstr;
  EXPECT_THAT(refusal({}), HasSubstr("no layers"));
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
  const auto refusal = [&](Table t) {
    try {
      parse_layers({value(std::move(t))});
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(refusal(table({{"name", std::string("x")}})), testing::HasSubstr("n.toml:4 has no kind"));
  EXPECT_THAT(refusal(table({{"kind", 3_i}})), testing::HasSubstr("network.layer.kind"));
}

}  // namespace
}  // namespace acrtc::network
