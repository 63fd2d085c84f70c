#include "acrtc/train/evaluate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "support/train/small_run.hpp"

namespace acrtc::train {
namespace {

/// Counts how often each sample is read.
class Counting : public dataset::Dataset {
 public:
  explicit Counting(const dataset::Dataset& whole)
      : whole_(whole), reads_(static_cast<std::size_t>(whole.size(dataset::Split::test))) {}

  std::int64_t size(dataset::Split split) const override { return whole_.size(split); }
  SampleShape shape() const override { return whole_.shape(); }
  std::int64_t classes() const override { return whole_.classes(); }
  std::int32_t read(const dataset::SampleRequest& request, std::span<float> out) const override {
    ++reads_.at(static_cast<std::size_t>(request.index));
    return whole_.read(request, out);
  }
  std::vector<int> reads() const { return {reads_.begin(), reads_.end()}; }

 private:
  const dataset::Dataset& whole_;
  mutable std::vector<std::atomic<int>> reads_;
};

TEST(Evaluate, ReadsEverySampleOnce) {
  test::SmallRun run;
  const Counting dataset(*run.dataset);
  evaluate(run.network, dataset, {.batch = 40}, run.ranks);
  EXPECT_THAT(dataset.reads(), testing::Each(1));
}

TEST(Evaluate, CountsEverySampleOnceWhateverTheBatch) {
  test::SmallRun run;
  const auto by_40 = evaluate(run.network, *run.dataset, {.batch = 40}, run.ranks).loss;
  const auto by_7 = evaluate(run.network, *run.dataset, {.batch = 7}, run.ranks).loss;
  EXPECT_EQ(by_40.samples, 333);
  EXPECT_EQ(by_7.samples, 333);
  EXPECT_EQ(by_40.correct, by_7.correct);
  EXPECT_NEAR(by_40.loss, by_7.loss, 1e-6 * by_40.loss);
}

TEST(Evaluate, GivesTheSameBitsHoweverItReads) {
  test::SmallRun run;
  const auto at_need = evaluate(run.network, *run.dataset, {.batch = 40, .loading = {.threads = 0}}, run.ranks);
  const auto ahead = evaluate(run.network, *run.dataset, {.batch = 40, .loading = {3, 4}}, run.ranks);
  EXPECT_EQ(at_need.loss.loss, ahead.loss.loss);
  EXPECT_EQ(at_need.replaced_samples, 0U);
}

}  // namespace
}  // namespace acrtc::train
