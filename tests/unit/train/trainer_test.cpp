#include "acrtc/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "support/train/run_test.hpp"

namespace acrtc::train {
namespace {

TEST(Trainer, LearnsAndTellsOfEveryStepAndEpoch) {
  SmallRun run;
  EXPECT_EQ(run.train(), Outcome::finished);
  const auto& steps = run.heard.steps;
  ASSERT_EQ(steps.size(), 40U);
  EXPECT_LT(steps.back().loss, 0.5 * steps.front().loss);
  EXPECT_EQ(steps.back().samples, 40 * 160);
  EXPECT_EQ(steps[19].epoch, 0);
  EXPECT_EQ(steps[20].epoch, 1);
  ASSERT_EQ(run.heard.epochs.size(), 2U);
  EXPECT_GT(run.heard.epochs[1].test_accuracy, 0.8);
  EXPECT_LT(run.heard.epochs[1].train_loss, run.heard.epochs[0].train_loss);
  for (std::size_t i = 0; i < steps.size(); ++i)
    EXPECT_EQ(steps[i].weights_hash != 0, i % 7 == 0 || i % 20 == 19) << "step " << i;
}

TEST(Trainer, GivesTheSameBitsOnAnyNumberOfThreads) {
  SmallRun one({.threads = 1, .network = "lenet"}), two({.threads = 2, .network = "lenet"});
  one.wanted.max_steps = two.wanted.max_steps = 3;
  one.wanted.batch = two.wanted.batch = 8;
  one.train();
  two.train();
  EXPECT_EQ(one.heard.steps.back().weights_hash, two.heard.steps.back().weights_hash);
  EXPECT_EQ(one.heard.steps.back().loss, two.heard.steps.back().loss);
  for (int node = 0; node < 4; ++node) {
    EXPECT_EQ(one.heard.steps[2].nodes[node].count, two.heard.steps[2].nodes[node].count);
    EXPECT_EQ(one.heard.steps[2].nodes[node].gradient_norm, two.heard.steps[2].nodes[node].gradient_norm);
  }
}

TEST(Trainer, TilesTheRunWithIntervalsAndSamplesExactSteps) {
  SmallRun run;
  run.policy.switch_step = 12;
  run.train();
  std::vector<std::pair<std::int64_t, std::int64_t>> intervals, exact;
  reuse::ReuseCount in_intervals, in_steps;
  for (const auto& record : run.heard.layers) {
    (record.exact ? exact : intervals).emplace_back(record.step_begin, record.step_end);
    ASSERT_EQ(record.nodes.size(), 4U);
    ASSERT_EQ(record.nodes[3].size(), run.gemms.list().size());
    EXPECT_EQ(record.nodes[3][0].strength.level, record.step_end <= 13 ? 2 : 0);
    if (!record.exact)
      for (const auto& node : record.nodes)
        for (const auto& gemm : node) in_intervals += gemm.count;
  }
  for (const auto& step : run.heard.steps)
    for (const auto& node : step.nodes) in_steps += node.count;
  using Steps = std::pair<std::int64_t, std::int64_t>;
  EXPECT_THAT(intervals, testing::ElementsAre(Steps{0, 13}, Steps{13, 20}, Steps{20, 40}));
  EXPECT_THAT(exact, testing::ElementsAre(Steps{0, 1}, Steps{10, 11}, Steps{20, 21}, Steps{30, 31}));
  EXPECT_EQ(in_intervals, in_steps);
}

TEST(Trainer, EndsLongIntervals) {
  SmallRun run;
  run.wanted.sample_every = 1;
  run.wanted.max_steps = 15;
  run.train();
  std::vector<std::int64_t> ends;
  for (const auto& record : run.heard.layers)
    if (!record.exact) ends.push_back(record.step_end);
  EXPECT_THAT(ends, testing::ElementsAre(10, 15));
}

TEST(Trainer, ShowsTheControllerOneReducedViewOfEachStep) {
  SmallRun run;
  run.wanted.max_steps = 6;
  run.wanted.probe_every = 2;
  run.train();
  ASSERT_EQ(run.policy.seen.size(), 6U);
  for (int i = 0; i < 6; ++i) {
    const auto& seen = run.policy.seen[i];
    EXPECT_EQ(seen.step, i);
    EXPECT_EQ(seen.steps_per_epoch, 20);
    EXPECT_EQ(seen.loss, run.heard.steps[i].loss);
    EXPECT_EQ(seen.max_learning_rate, 0.05);
    EXPECT_GT(seen.mults_avoided, 0);
    EXPECT_GT(seen.time_saved, 0);
    EXPECT_LT(seen.gradient_norm, seen.mean_node_gradient_norm);
    EXPECT_EQ(std::isnan(seen.probe_error), i % 2 == 1);
  }
  EXPECT_GT(run.policy.seen[0].probe_error, 0);
  EXPECT_LT(run.policy.seen[0].probe_error, 0.1);
}

TEST(Trainer, TellsWhatProbesFoundWithStepsAndDecisions) {
  SmallRun run;
  run.wanted.max_steps = 6;
  run.wanted.probe_every = 2;
  run.policy.switch_step = 3;
  run.train();
  for (int i = 0; i < 6; ++i) {
    const StepRecord& step = run.heard.steps[i];
    EXPECT_EQ(std::isnan(step.probe.error), i % 2 == 1);
    EXPECT_EQ(std::isnan(step.probe.gradient_error), i % 2 == 1) << "every round takes a weight gradient";
    EXPECT_EQ(step.gradient_norm, run.policy.seen[i].gradient_norm);
  }
  ASSERT_EQ(run.heard.decisions.size(), 2U);
  EXPECT_TRUE(std::isnan(run.heard.decisions[0].evidence.probe_error)) << "nothing has been probed before the start";
  const control::Evidence& evidence = run.heard.decisions[1].evidence;
  EXPECT_EQ(evidence.probe_error, run.heard.steps[2].probe.error);
  EXPECT_EQ(evidence.probe_gradient_error, run.heard.steps[2].probe.gradient_error);
  EXPECT_GT(evidence.noise, 1);
  EXPECT_LT(evidence.noise, 2) << "four nodes whose gradients are all noise";
}

TEST(Trainer, ProbesWithoutDisturbing) {
  SmallRun plain, probed;
  plain.wanted.max_steps = probed.wanted.max_steps = 3;
  probed.wanted.probe_every = 1;
  plain.train();
  probed.train();
  EXPECT_EQ(plain.heard.steps.back().weights_hash, probed.heard.steps.back().weights_hash);
  EXPECT_EQ(plain.heard.steps.back().nodes[0].count, probed.heard.steps.back().nodes[0].count);
}

TEST(Trainer, MovesWeightsAtTheRateOfTheStep) {
  SmallRun run;
  Table rising;
  rising.set("warm_up_epochs", Value{1.0});
  rising.set("warm_up_factor", Value{0.0});
  run.learning_rate = LearningRate(Settings("schedule", rising, LearningRate::schema()), 20, 40);
  run.wanted.max_steps = 1;
  const auto values = run.network.parameters().values();
  const std::vector<float> before(values.begin(), values.end());
  run.train();
  EXPECT_EQ(run.heard.steps.at(0).learning_rate, 0);
  EXPECT_THAT(values, testing::ElementsAreArray(before));
}

TEST(Trainer, LetsRulesOverrideTheController) {
  SmallRun run;
  run.wanted.max_steps = 1;
  run.wanted.rules = {{"", {reuse::Role::grad_weight}, reuse::Strength::off()}, {"ip2", {}, {1}}};
  run.train();
  const auto& gemms = run.heard.layers.front().nodes[0];
  for (std::size_t id = 0; id < gemms.size(); ++id) {
    const auto& info = run.gemms.list()[id];
    const int level = info.layer == "ip2" ? 1 : info.role == reuse::Role::grad_weight ? -1 : 2;
    EXPECT_EQ(gemms[id].strength.level, level) << info.name();
  }
}

TEST(Trainer, TellsStrengthsAsTheyAct) {
  SmallRun run;
  run.wanted.max_steps = 1;
  run.wanted.rules = {{"ip1", {}, {23}}};  // bf16 has 7 bits of mantissa
  run.train();
  EXPECT_EQ(run.heard.layers.front().nodes[0][0].strength.level, 7);
}

TEST(Trainer, RefusesWhatDoesNotFit) {
  SmallRun run;
  run.wanted.rules = {{"ip22", {}, {}}};
  EXPECT_THAT(user_error([&] { run.train(); }), AllOf(HasSubstr("ip22"), HasSubstr("did you mean")));
  run.wanted.rules.clear();
  run.wanted.nodes = 81;
  EXPECT_THAT(user_error([&] { run.train(); }), AllOf(HasSubstr("3240"), HasSubstr("3200")));
}

TEST(Trainer, TimesEachEpochByItself) {
  SmallRun run;
  run.train();
  const auto& steps = run.heard.steps;
  const auto& epochs = run.heard.epochs;
  const double end_of_first = steps[19].wall_seconds, end_of_second = steps[39].wall_seconds;
  EXPECT_GE(epochs[0].wall_seconds, end_of_first);
  EXPECT_GE(epochs[0].wall_seconds + epochs[1].wall_seconds, end_of_second);
  EXPECT_LT(epochs[1].wall_seconds, end_of_second) << "the first epoch is not in it";
}

TEST(Trainer, StopsWhereAnybodyWantsTo) {
  SmallRun run;
  run.heard.stop_after = 5;
  EXPECT_EQ(run.train(), Outcome::interrupted);
  EXPECT_EQ(run.heard.steps.size(), 5U);
  EXPECT_TRUE(run.heard.epochs.empty());
  EXPECT_EQ(run.heard.layers.size(), 1U) << "an interval that is cut short is not told";
}

TEST(Trainer, EndsTheEpochWhereItStopsAfterItsLastStep) {
  SmallRun run;
  run.heard.stop_after = 20;
  EXPECT_EQ(run.train(), Outcome::interrupted);
  EXPECT_EQ(run.heard.epochs.size(), 1U);
}

TEST(Trainer, BacksOffTheLossScaleWhereGradientsOverflow) {
  SmallRun run({.gemms = {.format = reuse::Format::fp16}});
  run.wanted.max_steps = 20;
  run.wanted.initial_loss_scale = 16777216;
  run.train();
  const auto& steps = run.heard.steps;
  EXPECT_TRUE(steps.front().skipped);
  EXPECT_FALSE(steps.back().skipped);
  EXPECT_EQ(steps[1].loss_scale, steps[0].loss_scale / 2);
  EXPECT_TRUE(std::isfinite(steps.back().loss));
  EXPECT_LT(steps.back().loss, steps.front().loss);
}

/// A network with running averages.
const Registration<network::Zoo> averaging{
    "averaging", "for tests", {}, [](const Settings&, SampleShape, std::int64_t classes) {
      network::LayerSpec norm{"norm", "batch_norm", {}, {}}, ip{"ip", "inner_product", {}, {}};
      ip.settings.set("outputs", test::integer(classes));
      return network::NetworkSpec{"averaging", {norm, ip}};
    }};

TEST(Trainer, KeepsRunningAveragesApartFromTheLossScale) {
  std::vector<float> means[2];
  for (const int scaled : {0, 1}) {
    SmallRun run({.gemms = {.format = reuse::Format::fp16}, .network = "averaging"});
    run.wanted.max_steps = 1;
    run.wanted.initial_loss_scale = scaled ? 64 : 1;
    run.train();
    auto& parameters = run.network.parameters();
    for (std::size_t i = 0; i < parameters.list().size(); ++i)
      if (parameters.list()[i].name == "norm.running_mean")
        std::ranges::copy(parameters.values(static_cast<int>(i)), std::back_inserter(means[scaled]));
  }
  EXPECT_THAT(means[0], testing::Contains(testing::Ne(0.0F)));
  EXPECT_EQ(means[0], means[1]);
}

/// Has nothing to test on.
class Untested : public dataset::Dataset {
 public:
  explicit Untested(std::unique_ptr<dataset::Dataset> whole) : whole_(std::move(whole)) {}

  std::int64_t size(dataset::Split split) const override {
    return split == dataset::Split::test ? 0 : whole_->size(split);
  }
  SampleShape shape() const override { return whole_->shape(); }
  std::int64_t classes() const override { return whole_->classes(); }
  std::int32_t read(const dataset::SampleRequest& request, std::span<float> out) const override {
    return whole_->read(request, out);
  }

 private:
  std::unique_ptr<dataset::Dataset> whole_;
};

TEST(Trainer, FinishesARunThatHasNothingToTestOn) {
  SmallRun run;
  run.dataset = std::make_unique<Untested>(std::move(run.dataset));
  run.wanted.max_steps = 2;
  EXPECT_EQ(run.train(), Outcome::finished);
  EXPECT_TRUE(std::isnan(run.heard.epochs.back().test_loss));
}

TEST(Trainer, SumsByTreeAsByAllReduce) {
  SmallRun tree, all_reduce;
  tree.wanted.max_steps = all_reduce.wanted.max_steps = 2;
  all_reduce.wanted.sync = Sync::iallreduce;
  tree.train();
  all_reduce.train();
  EXPECT_NEAR(tree.heard.steps[1].loss, all_reduce.heard.steps[1].loss, 1e-3);
}

/// Half of the pixels, at random, and one layer.
const Registration<network::Zoo> forgetful{
    "forgetful", "for tests", {}, [](const Settings&, SampleShape, std::int64_t classes) {
      network::LayerSpec drop{"drop", "dropout", {}, {}}, ip{"ip", "inner_product", {}, {}};
      ip.settings.set("outputs", test::integer(classes));
      return network::NetworkSpec{"forgetful", {drop, ip}};
    }};

TEST(Trainer, DropsOtherValuesInEveryEpoch) {
  SmallRun run({.learning_rate = 0, .network = "forgetful"});
  run.wanted.nodes = 1;
  run.wanted.batch = 3200;
  run.wanted.micro_batches = 80;
  run.wanted.rules = {{"", {}, reuse::Strength::off()}};
  run.train();  // a step an epoch: of the same samples, in another order, with the same weights
  EXPECT_GT(std::abs(run.heard.steps.at(0).loss - run.heard.steps.at(1).loss), 1e-4);
}

TEST(RunLength, DropsIncompleteBatchesAndObeysTheLimit) {
  SmallRun run;
  TrainOptions options{.nodes = 3, .batch = 100, .epochs = 5, .rules = {}};
  EXPECT_EQ(run_length(*run.dataset, options).steps_per_epoch, 10);
  EXPECT_EQ(run_length(*run.dataset, options).total_steps, 50);
  options.max_steps = 12;
  EXPECT_EQ(run_length(*run.dataset, options).total_steps, 12);
}

}  // namespace
}  // namespace acrtc::train
