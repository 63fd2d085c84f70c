#include "acrtc/control/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "acrtc/base/error.hpp"
#include "curves.hpp"
#include "support/base/user_error.hpp"

namespace acrtc::control {
namespace {

using namespace testing;
using reuse::Role;
using ::testing::ElementsAre;

struct Given {
  std::string key;
  Value value;
};

Value list(std::initializer_list<std::int64_t> levels) {
  Array array;
  for (const std::int64_t level : levels) array.emplace_back(Value::Data{level});
  return Value(std::move(array));
}
Value integer(std::int64_t value) { return Value(Value::Data{value}); }

std::unique_ptr<Policy> make(const std::string& name, int max_level, const std::vector<Given>& given = {}) {
  Table table;
  for (const auto& [key, value] : given) table.set(key, value);
  const auto& entry = Registry<Policy>::instance().find(name);
  return entry.make(Settings("controller", table, entry.schema), {max_level});
}

/// The first decision and all that follow.
std::vector<Decision> decisions(Policy& policy, const std::vector<Observation>& observations) {
  std::vector<Decision> result{policy.start()};
  for (const Observation& seen : observations)
    if (const auto decision = policy.observe(seen)) result.push_back(*decision);
  return result;
}

std::vector<int> forward_levels(const std::vector<Decision>& decisions) {
  std::vector<int> levels;
  for (const Decision& decision : decisions) levels.push_back(decision.strengths[Role::forward].level);
  return levels;
}

std::vector<int> by_role(const Decision& decision) {
  std::vector<int> levels;
  for (const Role role : reuse::roles) levels.push_back(decision.strengths[role].level);
  return levels;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void expect_same(const Decision& a, const Decision& b) {
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.phase, b.phase);
  EXPECT_EQ(a.strengths, b.strengths);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_TRUE(same(a.evidence.z, b.evidence.z));
  EXPECT_TRUE(same(a.evidence.loss_mean, b.evidence.loss_mean));
}

std::string complaint(const std::string& name, const std::vector<Given>& given) {
  return test::user_error([&] { make(name, 7, given); });
}

class EveryPolicy : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryPolicy, KeepsLevelsInRange) {
  for (const int max_level : {0, 1, 7, 10, 23})
    for (const Decision& decision : decisions(*make(GetParam(), max_level), whole_run()))
      for (const int level : by_role(decision)) {
        EXPECT_GE(level, -1);
        EXPECT_LE(level, max_level);
      }
}

TEST(Policy, SettingsOfLevelsMeanNothingToASchemeWithoutLevels) {
  EXPECT_THAT(by_role(make("fixed", 0, {{"strength", integer(4)}})->start()), ElementsAre(0, 0, 0));
  EXPECT_NE(complaint("fixed", {{"strength", integer(8)}}), "");
}

TEST_P(EveryPolicy, DecidesOnlyWhereSomethingChangesAndForTheNextStep) {
  const auto policy = make(GetParam(), 7);
  Decision before = policy->start();
  EXPECT_EQ(before.step, 0);
  EXPECT_EQ(before.reason, Reason::start);
  for (const Observation& seen : whole_run())
    if (const auto decision = policy->observe(seen)) {
      EXPECT_EQ(decision->step, seen.step + 1);
      EXPECT_NE(decision->reason, Reason::start);
      EXPECT_TRUE(decision->phase != before.phase || decision->strengths != before.strengths);
      before = *decision;
    }
}

TEST_P(EveryPolicy, ReplaysFromWhatItHasSeen) {
  const auto first = decisions(*make(GetParam(), 7), whole_run());
  const auto second = decisions(*make(GetParam(), 7), whole_run());
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) expect_same(first[i], second[i]);
}

TEST_P(EveryPolicy, ContinuesFromACheckpoint) {
  const auto run = whole_run();
  for (std::size_t cut = 0; cut < run.size(); cut += 97) {
    const auto whole = make(GetParam(), 7), second = make(GetParam(), 7);
    whole->start();
    for (std::size_t i = 0; i < cut; ++i) whole->observe(run[i]);
    second->restore(whole->save());
    EXPECT_EQ(second->save(), whole->save());
    for (std::size_t i = cut; i < run.size(); ++i) {
      const auto expected = whole->observe(run[i]), decision = second->observe(run[i]);
      ASSERT_EQ(decision.has_value(), expected.has_value()) << "step " << i << " after a cut at " << cut;
      if (decision) expect_same(*decision, *expected);
    }
  }
}

TEST_P(EveryPolicy, RefusesAForeignState) {
  EXPECT_THROW(make(GetParam(), 7)->restore(std::vector<std::byte>(3)), UserError);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryPolicy, ::testing::ValuesIn(Registry<Policy>::instance().names()),
                         [](const auto& info) { return info.param; });

TEST(Fixed, TakesOneStrengthOrOneByRole) {
  EXPECT_THAT(by_role(make("fixed", 7, {{"strength", integer(5)}})->start()), ElementsAre(5, 5, 5));
  EXPECT_THAT(by_role(make("fixed", 7, {{"strength", integer(5)}, {"grad_weight", integer(-1)}})->start()),
              ElementsAre(5, 5, -1));
}

TEST(Fixed, RefusesALevelThatTheSchemeDoesNotHave) {
  EXPECT_THAT(complaint("fixed", {{"forward", integer(8)}}),
              ::testing::AllOf(::testing::HasSubstr("controller.forward = 8"), ::testing::HasSubstr("is 7")));
}

TEST(Schedule, ChangesAtTheFirstStepOfAnEpoch) {
  const auto policy = make("schedule", 7, {{"epochs", list({0, 2, 3, 5})}, {"strengths", list({4, 2, 2, -1})}});
  const auto seen = decisions(*policy, run(7 * steps_per_epoch, falling()));
  ASSERT_THAT(forward_levels(seen), ElementsAre(4, 2, -1));
  EXPECT_EQ(seen[1].step, 2 * steps_per_epoch);
  EXPECT_EQ(seen[2].step, 5 * steps_per_epoch);
  EXPECT_EQ(seen[2].reason, Reason::scheduled);
}

TEST(Schedule, RefusesListsThatDoNotMatch) {
  EXPECT_NE(complaint("schedule", {{"epochs", list({1})}}), "");
  EXPECT_NE(complaint("schedule", {{"epochs", list({0, 3, 3})}, {"strengths", list({3, 2, 1})}}), "");
  EXPECT_NE(complaint("schedule", {{"epochs", list({0, 3})}, {"strengths", list({3})}}), "");
  EXPECT_NE(complaint("schedule", {{"epochs", list({0})}, {"strengths", list({8})}}), "");
}

TEST(Plateau, GoesANotchFinerWheneverTheLossStalls) {
  const auto policy = make("plateau", 7, {{"start", list({5, 4, -1})}, {"finest", integer(3)}});
  const auto seen = decisions(*policy, run(20 * window, stalled()));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_THAT(by_role(seen[1]), ElementsAre(4, 3, -1));
  EXPECT_THAT(by_role(seen[2]), ElementsAre(3, 3, -1));
  EXPECT_EQ(seen[1].step, 2 * window);
  EXPECT_EQ(seen[2].step, 4 * window);  // two new windows at the new strength
  EXPECT_EQ(seen[1].reason, Reason::loss_stalled);
  EXPECT_LE(seen[1].evidence.z, 3);
}

TEST(Plateau, StaysStrongWhileTheLossFalls) {
  EXPECT_THAT(forward_levels(decisions(*make("plateau", 7), run(20 * window, falling()))), ElementsAre(4));
}

TEST(ByPhase, TakesSharesOfTheLargestLevel) {
  EXPECT_EQ(make("phase", 7)->start().strengths[Role::forward].level, 4);
  EXPECT_EQ(make("phase", 10)->start().strengths[Role::forward].level, 6);
  EXPECT_EQ(make("phase", 0)->start().strengths[Role::forward].level, 0);
}

TEST(ByPhase, IsStrongInDescentAndFinerOnEachPlateau) {
  const auto seen = decisions(*make("phase", 7), run(20 * window, stalled()));
  EXPECT_THAT(forward_levels(seen), ElementsAre(4, 4, 3, 2, 1));  // warm-up, descent, plateaus down to convergence's
  EXPECT_EQ(seen.back().phase, Phase::plateau);
}

TEST(ByPhase, StaysFinerWhereTheLossFallsAgain) {
  const auto loss = change(4 * window, stalled(), [](std::int64_t step) { return falling()(step) - 1; });
  const auto seen = decisions(*make("phase", 7), run(8 * window, loss));
  EXPECT_THAT(forward_levels(seen), ElementsAre(4, 4, 3, 3));
  EXPECT_EQ(seen.back().phase, Phase::descent);
  EXPECT_EQ(seen.back().reason, Reason::loss_falling);
}

TEST(ByPhase, IsStrongAgainAfterADropAndFinestInConvergence) {
  const auto rate = change(4 * window, constant(0.1), constant(0.01));
  const auto seen = decisions(*make("phase", 7), run(12 * window, stalled(), rate));
  EXPECT_THAT(forward_levels(seen), ElementsAre(4, 4, 3, 4, 1));
  EXPECT_EQ(seen[3].reason, Reason::learning_rate_drop);
  EXPECT_EQ(seen[3].step, 4 * window + 1);
  EXPECT_EQ(seen[4].phase, Phase::convergence);
}

TEST(ByPhase, TakesLevelsByRole) {
  const auto policy =
      make("phase", 7, {{"warm_up", list({5})}, {"descent", list({6, -1, 2})}, {"convergence", list({2})}});
  const auto seen = decisions(*policy, run(2 * window, falling()));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_THAT(by_role(seen[0]), ElementsAre(5, 5, 5));
  EXPECT_THAT(by_role(seen[1]), ElementsAre(6, -1, 2));
  EXPECT_THAT(complaint("phase", {{"plateau", list({1, 2})}}), ::testing::HasSubstr("controller.plateau"));
}

}  // namespace
}  // namespace acrtc::control
