#include "acrtc/train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "acrtc/dataset/batch.hpp"
#include "acrtc/dataset/order.hpp"
#include "acrtc/dataset/stored_samples.hpp"
#include "support/base/limit.hpp"
#include "support/train/gradients.hpp"
#include "support/train/short_run.hpp"

namespace acrtc::train {
namespace {

using test::batch;
using test::is_last;
using test::make_short;
using test::nodes;
using test::SmallRun;
using test::steps;
using test::world;
using testing::HasSubstr;

/// What one process without ranks makes of the same run: node after node, all gradients kept, summed as the tree's
/// definition reads.
struct Reference {
  std::vector<double> losses;                   ///< [step x node]
  std::vector<reuse::ReuseCount> counts;        ///< [step x node]
  std::vector<std::vector<float>> gradients{};  ///< [node], of the current step

  explicit Reference(SmallRun& run) {
    const dataset::EpochOrder order(run.dataset->size(dataset::Split::train), nodes * batch, run.wanted.seed, 0);
    run.gemms.set_strengths(std::vector<reuse::Strength>(run.gemms.list().size(), {2}));
    for (std::int64_t step = 0; step < steps; ++step) {
      gradients.clear();
      for (std::int64_t node = 0; node < nodes; ++node) pass(run, step, node, order.share(step, node, nodes));
      const auto mean = test::mean_in_tree(gradients);
      std::ranges::copy(mean, run.network.parameters().gradients().begin());
      run.optimizer->step(run.network.parameters(), {step, run.learning_rate.at(step), 1});
      run.network.parameters().update_averages(1, {0, run.network.parameters().size()});
    }
  }

  void pass(SmallRun& run, std::int64_t step, std::int64_t node, std::span<const std::uint32_t> samples) {
    const auto flat = run.network.parameters().gradients();
    auto& sum = gradients.emplace_back(flat.size(), 0.0F);
    run.gemms.begin_pass(node);
    double loss = 0;
    for (std::int64_t begin = 0; begin < batch; begin += run.wanted.micro_batch()) {
      const auto part = samples.subspan(begin, run.wanted.micro_batch());
      dataset::Batch images;
      dataset::read_batch(*run.dataset, dataset::Split::train, 0, part, 1, images);
      const network::PassContext context{network::Mode::training, node, static_cast<std::uint32_t>(step), part};
      loss += run.network.forward(context, images.images, images.labels).loss;
      run.network.backward(context);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += flat[i];
    }
    losses.push_back(loss / batch);
    for (float& gradient : sum) gradient /= static_cast<float>(run.wanted.micro_batches);
    auto& count = counts.emplace_back();
    for (const auto& gemm : run.gemms.records()) count += gemm.count;
  }
};

network::LayerSpec layer(std::string name, std::string kind, std::vector<Table::Entry> settings = {}) {
  network::LayerSpec spec{std::move(name), std::move(kind), {}, {}};
  for (auto& [key, value] : settings) spec.settings.set(key, std::move(value));
  return spec;
}

/// A network with running averages.
const Registration<network::Zoo> normalized{
    "normalized", "for tests", {}, [](const Settings&, SampleShape, std::int64_t classes) {
      using test::integer;
      return network::NetworkSpec{
          "normalized",
          {layer("conv", "convolution", {{"outputs", integer(32)}, {"kernel", integer(5)}, {"stride", integer(3)}}),
           layer("bn", "batch_norm"), layer("relu", "relu"),
           layer("ip", "inner_product", {{"outputs", integer(classes)}})}};
    }};

struct Way {
  const char* network;
  std::int64_t micro_batches;
  const char* optimizer = "sgd";
  double bucket = 1e6;  ///< bytes; each rank has some chunks of what they hold
};

class EveryWay : public testing::TestWithParam<Way> {};

TEST_P(EveryWay, OnAnyNumberOfRanksIsTheSameBitForBit) {
  const test::SmallRunOptions options{.network = GetParam().network, .optimizer = GetParam().optimizer};
  SmallRun by_hand(options), run(options);
  run.heard.save_every = steps;
  for (SmallRun* each : {&by_hand, &run}) {
    make_short(*each);
    each->wanted.micro_batches = GetParam().micro_batches;
    each->wanted.bucket = {GetParam().bucket};
  }
  const Reference expected(by_hand);
  run.train();
  EXPECT_THAT(run.network.parameters().values(), testing::ElementsAreArray(by_hand.network.parameters().values()));
  if (world().rank() > 0) {
    EXPECT_TRUE(run.heard.steps.empty() && run.heard.layers.empty() && run.heard.decisions.empty());
    return;
  }
  ASSERT_EQ(run.heard.states.size(), 1U);
  EXPECT_THAT(run.heard.states[0].optimizer.at(0), testing::ElementsAreArray(by_hand.optimizer->state().at(0)));
  ASSERT_EQ(run.heard.steps.size(), static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < steps * nodes; ++i) {
    const auto& node = run.heard.steps[i / nodes].nodes[i % nodes];
    EXPECT_EQ(node.loss, expected.losses[i]);
    EXPECT_EQ(node.count, expected.counts[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Trainer, EveryWay,
                         testing::Values(Way{"mlp", 1}, Way{"mlp", 4}, Way{"mlp", 1, "sgd", 16384},
                                         Way{"normalized", 1}, Way{"normalized", 2}, Way{"normalized", 1, "lars"}));

/// What ranks do on different machines.
TEST(Trainer, TrainsAlikeWhereRanksDoNotSeeEachOther) {
  SmallRun seeing, blind;
  for (SmallRun* run : {&seeing, &blind}) {
    make_short(*run);
    run->wanted.bucket = {1e6};
  }
  seeing.train();
  {
    const acrtc::test::Limit no_files(RLIMIT_FSIZE, 1);  // nor memory, which the system takes for files
    blind.train();
  }
  EXPECT_THAT(blind.network.parameters().values(), testing::ElementsAreArray(seeing.network.parameters().values()));
}

TEST(Trainer, GathersEveryNodesGemmsInOrder) {
  SmallRun run;
  make_short(run);
  run.train();
  if (world().rank() > 0) return;
  ASSERT_EQ(run.heard.layers.size(), 2U);  // one exact step, one interval
  const auto& exact = run.heard.layers.front();
  ASSERT_EQ(exact.nodes.size(), static_cast<std::size_t>(nodes));
  for (std::int64_t node = 0; node < nodes; ++node) {
    reuse::ReuseCount count;
    for (const auto& gemm : exact.nodes[node]) count += gemm.count;
    EXPECT_EQ(count, run.heard.steps[0].nodes[node].count);
  }
}

TEST(Trainer, AllReducesToAboutTheSame) {
  SmallRun tree, all_reduce;
  make_short(tree);
  make_short(all_reduce);
  all_reduce.wanted.sync = Sync::iallreduce;
  tree.train();
  all_reduce.train();
  const auto weights = tree.network.parameters().values(), others = all_reduce.network.parameters().values();
  double largest = 0;
  for (std::int64_t i = 0; i < std::ssize(weights); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(weights[i]) - others[i]));
  EXPECT_LT(largest, 1e-2);
}

TEST(Trainer, StopsTogetherWhereOneRankWantsTo) {
  SmallRun run;
  make_short(run);
  if (is_last()) run.heard.stop_after = 2;
  EXPECT_EQ(run.train(), Outcome::interrupted);
  EXPECT_EQ(run.heard.steps.size(), world().rank() == 0 ? 2U : 0U);
}

/// Ten classes of samples of one grey; some cannot be read.
class Greys : public dataset::SampleStorage {
 public:
  std::set<std::pair<dataset::Split, std::int64_t>> broken;

  std::int64_t size(dataset::Split split) const override { return split == dataset::Split::train ? 3200 : 333; }
  std::int64_t classes() const override { return 10; }
  std::int32_t read(dataset::Split split, std::int64_t index, std::vector<std::uint8_t>& bytes) const override {
    if (broken.contains({split, index})) throw UserError("cannot read '" + name(split, index) + "'");
    bytes.assign(64, static_cast<std::uint8_t>(index));
    return static_cast<std::int32_t>(index % 10);
  }
  std::string name(dataset::Split split, std::int64_t index) const override {
    return std::string(dataset::name(split)) + " " + std::to_string(index);
  }
};

/// Those of `broken` are replaced by the next. Samples lie in sequences of `run`.
class Repaired : public dataset::StoredSamples {
 public:
  Repaired(const Greys& greys, std::int64_t run)
      : StoredSamples(
            std::make_unique<Greys>(greys),
            dataset::tensor_decoder({dataset::Encoding::u8, {1, 8, 8}, {0.5}, {0.5}}, dataset::CropFlip({}, 1)),
            dataset::OnCorrupt::skip),
        run_(run) {}

  std::int64_t run_length() const override { return run_; }

 private:
  std::int64_t run_;
};

TEST(Trainer, CountsBrokenSamplesOnceOnAnyNumberOfRanks) {
  constexpr std::int64_t run_length = 16;
  SmallRun run;
  make_short(run);
  run.wanted.epochs = 2;
  run.wanted.max_steps = 33 + steps;
  Greys greys;
  for (const std::uint32_t epoch : {0U, 1U}) {
    const dataset::EpochOrder order(3200, nodes * batch, run.wanted.seed, epoch, run_length);
    const auto sample = order.share(steps - 1, nodes - 1, nodes)[3];
    greys.broken.insert({{dataset::Split::train, sample}, {dataset::Split::train, sample + 1}});
  }
  greys.broken.insert({{dataset::Split::test, 0}, {dataset::Split::test, 332}});
  std::vector<std::uint64_t> expected;
  for (const auto& [epoch, used] : {std::pair{0U, 33L}, std::pair{1U, steps}}) {
    const dataset::EpochOrder order(3200, nodes * batch, run.wanted.seed, epoch, run_length);
    expected.push_back(2);
    for (std::int64_t step = 0; step < used; ++step)
      for (const auto index : order.share(step, 0, 1))
        expected.back() += greys.broken.contains({dataset::Split::train, index});
  }
  run.dataset = std::make_unique<Repaired>(greys, run_length);
  run.train();
  if (world().rank() > 0) return;
  ASSERT_EQ(run.heard.epochs.size(), 2U);
  EXPECT_EQ(run.heard.epochs[0].replaced_samples, expected[0]);
  EXPECT_EQ(run.heard.epochs[1].replaced_samples, expected[1]);
  EXPECT_GE(expected[1], 3U) << "a sample of each split";
  ASSERT_EQ(run.heard.damage.size(), 1U) << "told once";
  EXPECT_EQ(run.heard.damage[0].samples, static_cast<std::int64_t>(expected[0]));
  EXPECT_THAT(run.heard.damage[0].messages, testing::ElementsAre(HasSubstr("cannot read")));
}

TEST(Trainer, TrainsAlikeHoweverItReads) {
  std::vector<float> expected;
  for (const Loading loading : {Loading{0, 1}, Loading{1, 1}, Loading{3, 5}}) {
    SmallRun run({.threads = 2});
    make_short(run);
    run.wanted.micro_batches = 2;
    run.wanted.loading = loading;
    run.train();
    const auto values = run.network.parameters().values();
    if (expected.empty()) expected.assign(values.begin(), values.end());
    EXPECT_THAT(values, testing::ElementsAreArray(expected));
  }
}

TEST(Evaluate, AddsChunksInTheirOrderOnAnyNumberOfRanks) {
  SmallRun run;
  double loss = 0;
  for (std::int64_t begin = 0; begin < 333; begin += 40) {
    std::vector<std::uint32_t> samples(std::min<std::int64_t>(40, 333 - begin));
    std::iota(samples.begin(), samples.end(), static_cast<std::uint32_t>(begin));
    dataset::Batch images;
    dataset::read_batch(*run.dataset, dataset::Split::test, 0, samples, 1, images);
    loss += run.network.forward({network::Mode::evaluation, 0, 0, samples}, images.images, images.labels).loss;
  }
  const auto sum = evaluate(run.network, *run.dataset, {.batch = 40}, world()).loss;
  EXPECT_EQ(sum.samples, 333);
  EXPECT_EQ(sum.loss, loss);
}

}  // namespace
}  // namespace acrtc::train
