#include "acrtc/train/training_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "acrtc/base/error.hpp"
#include "support/train/small_run.hpp"

namespace acrtc::train {
namespace {

using test::SmallRun;
using testing::HasSubstr;

/// Remembers how often it was called, and counts that many comparisons more.
class Forgetful : public reuse::Scheme {
 public:
  struct Memory : reuse::LayerMemory {
    std::uint64_t calls = 0;
    std::vector<std::byte> save() const override {
      const auto bytes = std::as_bytes(std::span(&calls, 1));
      return {bytes.begin(), bytes.end()};
    }
    void restore(std::span<const std::byte> bytes) override { std::memcpy(&calls, bytes.data(), sizeof calls); }
  };

  int max_level(reuse::Format format) const override { return whole_->max_level(format); }
  std::unique_ptr<reuse::LayerMemory> make_memory() const override { return std::make_unique<Memory>(); }
  reuse::ReuseCount multiply(const reuse::Gemm& gemm, reuse::Strength strength,
                             reuse::LayerMemory* memory) const override {
    auto count = whole_->multiply(gemm, strength, nullptr);
    if (memory) count.comparisons += dynamic_cast<Memory&>(*memory).calls++;
    return count;
  }

 private:
  std::unique_ptr<reuse::Scheme> whole_ = test::make<reuse::Scheme>("acrtc", {});
};

std::unique_ptr<SmallRun> make_run() {
  auto run = std::make_unique<SmallRun>(test::SmallRunOptions{.gemms = {.format = reuse::Format::fp16},
                                                              .scheme = [] { return std::make_unique<Forgetful>(); }});
  run->wanted.loss_scale_window = 6;
  run->wanted.micro_batches = 2;
  run->wanted.probe_every = 5;
  run->policy.switch_step = 12;
  return run;
}

void expect_equal(const StepRecord& a, const StepRecord& b) {
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.loss, b.loss);
  EXPECT_EQ(a.loss_scale, b.loss_scale);
  EXPECT_EQ(a.energy.value, b.energy.value);
  EXPECT_EQ(a.weights_hash, b.weights_hash);
  for (std::size_t node = 0; node < a.nodes.size(); ++node) EXPECT_EQ(a.nodes[node].count, b.nodes[node].count);
}

void expect_equal(const LayerRecord& a, const LayerRecord& b) {
  EXPECT_EQ(a.step_begin, b.step_begin);
  EXPECT_EQ(a.step_end, b.step_end);
  for (std::size_t node = 0; node < a.nodes.size(); ++node)
    for (std::size_t gemm = 0; gemm < a.nodes[node].size(); ++gemm) {
      EXPECT_EQ(a.nodes[node][gemm].count, b.nodes[node][gemm].count);
      EXPECT_EQ(a.nodes[node][gemm].cost.reuse.energy.total().value,
                b.nodes[node][gemm].cost.reuse.energy.total().value);
    }
}

/// The last records of `whole` are those of `rest`.
template <class Record>
void expect_tail(const std::vector<Record>& whole, const std::vector<Record>& rest) {
  ASSERT_LE(rest.size(), whole.size());
  for (std::size_t i = 0; i < rest.size(); ++i) expect_equal(whole[whole.size() - rest.size() + i], rest[i]);
}

TEST(TrainingState, GoesOnFromAnyStepAsIfNothingHadHappened) {
  const auto whole = make_run();
  whole->heard.save_every = 1;
  ASSERT_EQ(whole->train(), Outcome::finished);
  ASSERT_EQ(whole->heard.states.size(), 40U);
  for (const std::int64_t step : {1, 11, 12, 13, 19, 20, 33, 40}) {
    SCOPED_TRACE("after step " + std::to_string(step));
    const auto rest = make_run();
    rest->wanted.loading = {.threads = static_cast<int>(step % 4), .ahead = 3};
    EXPECT_EQ(rest->resume(whole->heard.states[step - 1]), Outcome::finished);
    ASSERT_EQ(rest->heard.steps.size(), static_cast<std::size_t>(40 - step));
    EXPECT_EQ(rest->heard.decisions.size(), step <= 12 ? 1U : 0U);
    for (const auto& decision : rest->heard.decisions)
      EXPECT_EQ(decision.evidence.probe_error, whole->heard.decisions.back().evidence.probe_error);
    expect_tail(whole->heard.steps, rest->heard.steps);
    expect_tail(whole->heard.layers, rest->heard.layers);
    if (step < 40) {
      EXPECT_EQ(rest->heard.epochs.back().train_loss, whole->heard.epochs.back().train_loss);
      EXPECT_EQ(rest->heard.epochs.back().test_loss, whole->heard.epochs.back().test_loss);
    }
    EXPECT_THAT(rest->network.parameters().values(), testing::ElementsAreArray(whole->network.parameters().values()));
  }
}

TEST(TrainingState, IsToldBeforeARunIsLeft) {
  const auto run = make_run();
  run->heard.stop_after = 5;
  run->heard.wish_then = Wish::leave;
  EXPECT_EQ(run->train(), Outcome::interrupted);
  ASSERT_EQ(run->heard.states.size(), 1U);
  EXPECT_EQ(run->heard.states[0].step, 5);
}

TEST(TrainingState, OfAnotherRunIsRefused) {
  const auto run = make_run();
  run->heard.stop_after = 2;
  run->heard.wish_then = Wish::leave;
  run->train();
  const auto refusal = [&](auto&& spoil) {
    auto state = run->heard.states[0];
    spoil(state);
    try {
      make_run()->resume(state);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal([](TrainingState& state) { state.weights.pop_back(); }), HasSubstr("weights"));
  EXPECT_THAT(refusal([](TrainingState& state) { state.optimizer.clear(); }), HasSubstr("arrays of the optimizer"));
  EXPECT_THAT(refusal([](TrainingState& state) { state.interval.nodes.pop_back(); }), HasSubstr("3 nodes"));
  EXPECT_THAT(refusal([](TrainingState& state) { state.memories[0].gemm = 99; }), HasSubstr("another reuse scheme"));
}

}  // namespace
}  // namespace acrtc::train
