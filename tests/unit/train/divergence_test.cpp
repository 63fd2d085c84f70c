// Runs whose numbers are no longer finite.
#include <algorithm>
#include <limits>

#include "support/train/run_test.hpp"

namespace acrtc::train {
namespace {

TEST(Divergence, NamesStepAndLayerWhereTrainingDiverges) {
  SmallRun run;
  run.network.parameters().values(5)[0] = std::numeric_limits<float>::quiet_NaN();  // ip3.bias
  EXPECT_THAT(user_error([&] { run.train(); }),
              AllOf(HasSubstr("diverged in step 0"), HasSubstr("(not all weights of layer 'ip3' are finite)")));
}

TEST(Divergence, NamesTheLayerWhoseOutputOverflows) {
  SmallRun run;
  for (float& weight : run.network.parameters().values(2)) weight = 3e38F;  // ip2.weight
  const std::string error = user_error([&] { run.train(); });
  EXPECT_THAT(error, AllOf(HasSubstr("diverged in step 0"), HasSubstr("(not all outputs of layer 'ip2' are finite)")));
}

/// Where a sample of one node overflows, the network holds the outputs of the last node alone.
TEST(Divergence, NamesTheLayerInWhicheverNodeItOverflows) {
  int diverged = 0;
  for (int pixel = 0; pixel < 64; pixel += 5) {
    SmallRun run;
    run.wanted.batch = run.heard.stop_after = 1;
    run.network.parameters().values(0)[pixel] = 3e38F;  // ip1.weight
    const std::string error = user_error([&] { run.train(); });
    if (error.empty()) continue;
    ++diverged;
    EXPECT_THAT(error, HasSubstr("(not all outputs of layer 'ip")) << "pixel " << pixel;
  }
  EXPECT_GT(diverged, 0);
}

/// Spoils the last layer's weights after a step.
class Spoiler : public RunObserver {
 public:
  Spoiler(network::ParameterStore& parameters, std::int64_t step, Wish wish, float weight)
      : parameters_(parameters), step_(step), wish_(wish), weight_(weight) {}

  void on_step(const StepRecord& record) override {
    if (record.step == step_) std::ranges::fill(parameters_.values(4), weight_);  // ip3.weight
  }
  void on_epoch(const EpochRecord& record) override { heard.on_epoch(record); }
  void on_state(TrainingState& state) override { heard.on_state(state); }
  Wish after_step() override { return wish_; }

  test::Recorder heard;

 private:
  network::ParameterStore& parameters_;
  std::int64_t step_;
  Wish wish_;
  float weight_;
};

TEST(Divergence, KeepsNoWeightsThatAreNotFinite) {
  SmallRun run;
  Spoiler spoiler(run.network.parameters(), 3, Wish::save, std::numeric_limits<float>::infinity());
  EXPECT_THAT(user_error([&] { Trainer(run.parts(), run.wanted).run(spoiler); }),
              AllOf(HasSubstr("diverged in step 3"), HasSubstr("weights of layer 'ip3'")));
  EXPECT_EQ(spoiler.heard.states.size(), 3U);
}

TEST(Divergence, FinishesNoRunWhoseTestIsNotFinite) {
  SmallRun run;
  run.wanted.max_steps = 5;
  Spoiler spoiler(run.network.parameters(), 4, Wish::go_on, 3e38F);
  EXPECT_THAT(user_error([&] { Trainer(run.parts(), run.wanted).run(spoiler); }),
              AllOf(HasSubstr("diverged in step 4"), HasSubstr("outputs of layer 'ip3'")));
  EXPECT_TRUE(spoiler.heard.epochs.empty());
}

/// ReLU makes zero of what lies infinitely below it: no loss, gradient or later weight tells.
TEST(Divergence, FinishesNoRunOfWeightsThatReluHides) {
  SmallRun run({.network = "cifar10-quick"});
  run.wanted.batch = run.wanted.max_steps = 2;
  run.network.parameters().values(1)[0] = -std::numeric_limits<float>::infinity();  // conv1.bias
  EXPECT_THAT(user_error([&] { run.train(); }),
              AllOf(HasSubstr("diverged in step 1"), HasSubstr("(not all weights of layer 'conv1' are finite)")));
  EXPECT_TRUE(run.heard.epochs.empty());
}

}  // namespace
}  // namespace acrtc::train
