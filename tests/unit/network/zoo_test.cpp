#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/network/network.hpp"
#include "support/network/bench.hpp"

namespace acrtc::network {
namespace {

using test::Batch;
using test::Machine;
using test::Setup;
using test::table;
using test::zoo;
using test::operator""_i;

constexpr SampleShape digits{1, 28, 28}, small{3, 32, 32}, large{3, 224, 224}, sports{125, 1, 45};

/// A network in its published size.
struct Published {
  std::string name;
  SampleShape input;
  std::int64_t classes;
  std::int64_t macs;        ///< forward, one sample
  std::int64_t parameters;  ///< trained ones
  Table settings{};
};

Table hidden(std::vector<std::int64_t> widths) {
  Array values;
  for (const std::int64_t width : widths) values.push_back(Value(Value::Data(width)));
  return table({{"widths", values}});
}

/// Sums over the layer tables of the papers and of Caffe's model zoo; where the paper gives a rounded figure it agrees.
std::vector<Published> published() {
  return {{"lenet-caffe", digits, 10, 2'293'000, 431'080},
          {"mlp", digits, 10, 266'200, 266'610},
          {"mlp", {617}, 26, 591'360, 592'410, hidden({512, 512})},
          {"cifar10-quick", small, 10, 12'354'176, 145'578},
          {"cifar10-full", small, 10, 12'298'240, 89'578},
          {"vgg-cifar", small, 10, 313'725'952, 15'245'130},
          {"resnet20", small, 10, 40'551'040, 269'722},
          {"alexnet", {3, 227, 227}, 1000, 724'406'816, 60'965'224},
          {"vgg16", large, 1000, 15'470'264'320, 138'357'544},
          {"googlenet", large, 1000, 1'582'671'872, 6'998'552},
          {"resnet50", large, 1000, 4'089'184'256, 25'557'032},
          {"resnet50", large, 1000, 3'857'973'248, 25'557'032, table({{"version", std::string("v1")}})},
          {"lstm", sports, 19, 11'074'432, 91'539},
          {"rnn", sports, 19, 2'770'432, 24'723},
          {"cwrnn", sports, 19, 631'792 + 128 * 19, 15'104 + 129 * 19}};
}

TEST(Zoo, HasThePublishedSizes) {
  for (const Published& net : published()) {
    Machine machine;
    std::int64_t macs = 0, parameters = 0;
    for (const LayerInfo& info : survey(zoo(net.name, net.input, net.classes, net.settings), net.input,
                                        {.classes = net.classes}, machine.gemms)) {
      macs += info.macs;
      parameters += info.parameters;
      EXPECT_EQ(info.has_gemm, info.macs > 0) << net.name << " " << info.name;
    }
    EXPECT_EQ(macs, net.macs) << net.name;
    EXPECT_EQ(parameters, net.parameters) << net.name;
  }
}

TEST(Zoo, CountsTheGemmsOfAWholePass) {
  for (const char* name : {"lenet", "resnet20", "lstm", "cwrnn"}) {
    const SampleShape input = name[0] == 'l' && name[1] == 'e' ? digits : name[0] == 'r' ? small : sports;
    Machine machine;
    std::int64_t forward = 0, backward = 0, macs = 0;
    for (const LayerInfo& info : survey(zoo(name, input, 10), input, {.max_samples = 2}, machine.gemms))
      macs += 2 * info.macs;
    for (const GemmInfo& gemm : machine.gemms.list())
      (gemm.role == reuse::Role::forward ? forward : backward) += gemm.m * gemm.n * gemm.k * gemm.calls;
    EXPECT_EQ(forward, macs) << name;
    EXPECT_LT(backward, 2 * macs) << name << ": the first layer has no gradient of its input";
    EXPECT_GT(backward, macs) << name;
  }
}

/// A network small enough to train here.
struct Case {
  std::string name;
  SampleShape input = digits;
  Table settings{};
};

std::vector<Case> cases() {
  const Table quarter = table({{"width", 0.25}}), eighth = table({{"width", 0.125}});
  const std::map<std::string, Case> special{{"cifar10-quick", {"", {3, 16, 16}, quarter}},
                                            {"cifar10-full", {"", {3, 16, 16}, quarter}},
                                            {"vgg-cifar", {"", small, eighth}},
                                            {"vgg16", {"", small, table({{"width", 0.0625}})}},
                                            {"resnet20", {"", {3, 16, 16}, quarter}},
                                            {"alexnet", {"", {3, 67, 67}, eighth}},
                                            {"googlenet", {"", {3, 48, 48}, eighth}},
                                            {"resnet50", {"", small, table({{"width", 0.0625}})}},
                                            {"lstm", {"", {20, 1, 9}, quarter}},
                                            {"rnn", {"", {20, 1, 9}, quarter}},
                                            {"cwrnn", {"", {20, 1, 9}, quarter}}};
  std::vector<Case> all;
  for (const std::string& name : Registry<Zoo>::instance().names()) {
    const auto found = special.find(name);
    all.push_back(found == special.end() ? Case{} : found->second);
    all.back().name = name;
  }
  all.push_back({"alexnet", {3, 67, 67}, table({{"width", 0.125}, {"normalization", std::string("batch")}})});
  all.push_back({"vgg-cifar", small, table({{"width", 0.125}, {"batch_norm", true}})});
  return all;
}

class EveryZoo : public testing::TestWithParam<Case> {
 protected:
  static NetworkSpec spec() { return zoo(GetParam().name, GetParam().input, 10, GetParam().settings); }
};

struct Trained {
  std::vector<float> gradients, logits;
  LossSum loss;
};

Trained run_once(const NetworkSpec& spec, SampleShape shape, const Setup& setup) {
  Machine machine(setup);
  const Batch batch(5, shape, 10);
  Network net(spec, shape, {.max_samples = 5}, machine.gemms);
  machine.gemms.begin_pass(0);
  const LossSum loss = net.forward(batch.pass(), batch.images, batch.labels);
  net.backward(batch.pass());
  const auto gradients = net.parameters().gradients();
  const auto logits = net.logits().values();
  return {{gradients.begin(), gradients.end()}, {logits.begin(), logits.end()}, loss};
}

TEST_P(EveryZoo, DoesNotDependOnThreadsAndLevelZeroIsDense) {
  const SampleShape shape = GetParam().input;
  const Trained one = run_once(spec(), shape, {.scheme = "acrtc", .format = reuse::Format::bf16});
  const Trained three = run_once(spec(), shape, {.scheme = "acrtc", .format = reuse::Format::bf16, .threads = 3});
  const Trained dense = run_once(spec(), shape, {.scheme = "dense", .format = reuse::Format::bf16});
  EXPECT_TRUE(test::same_bits(one.gradients, three.gradients));
  EXPECT_TRUE(test::same_bits(one.logits, three.logits));
  EXPECT_EQ(one.loss.loss, three.loss.loss);
  EXPECT_EQ(one.gradients, dense.gradients);
  EXPECT_EQ(one.logits, dense.logits);
}

/// The masks of dropout are those of one step, so that the loss is one function. Weights that start tiny learn slowly
/// at first: their networks need only begin to.
TEST_P(EveryZoo, LearnsABatch) {
  Machine machine({.scheme = "acrtc", .format = reuse::Format::bf16, .threads = 2});
  const Batch batch(8, GetParam().input, 10);
  Network net(spec(), GetParam().input, {.max_samples = 8}, machine.gemms);
  LossSum first, last;
  for (int step = 0; step < 12; ++step) {
    last = net.forward(batch.pass(), batch.images, batch.labels);
    if (step == 0) first = last;
    net.backward(batch.pass());
    for (const Parameter& p : net.parameters().list())
      for (std::int64_t i = p.offset; p.is_trained() && i < p.offset + p.size; ++i)
        net.parameters().values()[i] -= 0.02F * net.parameters().gradients()[i];
    net.parameters().touch();
  }
  EXPECT_LT(last.loss, first.loss);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryZoo, testing::ValuesIn(cases()), [](const auto& info) {
  std::string name = info.param.name + "_" + std::to_string(info.index);
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace acrtc::network
