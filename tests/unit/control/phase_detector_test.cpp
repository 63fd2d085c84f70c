#include "acrtc/control/phase_detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "curves.hpp"

namespace acrtc::control {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Entry {
  std::int64_t step;
  Phase phase;
  Reason reason;
  friend bool operator==(const Entry&, const Entry&) = default;
};
void PrintTo(const Entry& entry, std::ostream* out) {
  *out << "step " << entry.step << ": " << phase_names[static_cast<int>(entry.phase)] << " ("
       << reason_names[static_cast<int>(entry.reason)] << ")";
}

std::vector<Entry> history(const std::vector<Observation>& observations) {
  PhaseDetector detector;
  std::vector<Entry> entries;
  for (const Observation& seen : observations)
    if (const auto event = detector.observe(seen)) entries.push_back({seen.step, event->phase, event->reason});
  return entries;
}

/// The last step of the nth window, from 1.
constexpr std::int64_t end_of(std::int64_t n) { return n * window - 1; }

TEST(PhaseDetector, DescendsOnceTwoWindowsAreFull) {
  EXPECT_THAT(history(run(10 * window, falling())),
              ElementsAre(Entry{end_of(2), Phase::descent, Reason::warm_up_over}));
}

TEST(PhaseDetector, WarmsUpWhileTheLearningRateRises) {
  const Curve rate = [](std::int64_t step) { return step < 130 ? 0.0001 * static_cast<double>(step + 1) : 0.013; };
  EXPECT_THAT(history(run(4 * window, falling(), rate)), IsEmpty());
  EXPECT_THAT(history(run(6 * window, falling(), rate)),
              ElementsAre(Entry{end_of(5), Phase::descent, Reason::warm_up_over}));
}

TEST(PhaseDetector, FindsAPlateauWhereTheLossStallsTwice) {
  const auto loss = change(4 * window, falling(), constant(1.9));  // window 4 ends near 1.84
  EXPECT_THAT(history(run(9 * window, loss)), ElementsAre(Entry{end_of(2), Phase::descent, Reason::warm_up_over},
                                                          Entry{end_of(6), Phase::plateau, Reason::loss_stalled},
                                                          Entry{end_of(8), Phase::plateau, Reason::loss_stalled}));
}

TEST(PhaseDetector, OneStallIsNoPlateau) {
  const Curve loss = [](std::int64_t step) {
    const std::int64_t stairs = step / window / 2;  // every other window repeats the one before
    return 2 - 0.1 * static_cast<double>(stairs) + 0.001 * noise(step);
  };
  EXPECT_THAT(history(run(12 * window, loss)), ElementsAre(Entry{end_of(2), Phase::descent, Reason::warm_up_over}));
}

TEST(PhaseDetector, DescendsAgainWhereTheLossFallsAgain) {
  const auto loss = change(4 * window, stalled(), [](std::int64_t step) { return falling()(step) - 1; });
  const auto entries = history(run(6 * window, loss));
  EXPECT_THAT(entries, ElementsAre(Entry{end_of(2), Phase::descent, Reason::warm_up_over},
                                   Entry{end_of(3), Phase::plateau, Reason::loss_stalled},
                                   Entry{end_of(5), Phase::descent, Reason::loss_falling}));
}

TEST(PhaseDetector, ADropOfTheRateEmptiesTheWindows) {
  const std::int64_t drop = 5 * window + 7;
  const auto rate = change(drop, constant(0.1), constant(0.05));
  const auto entries = history(run(drop + 3 * window, stalled(), rate));
  ASSERT_GE(entries.size(), 3U);
  EXPECT_THAT(entries[entries.size() - 2], (Entry{drop, Phase::descent, Reason::learning_rate_drop}));
  // Two windows for the first z, a third for the second.
  EXPECT_THAT(entries.back(), (Entry{drop + 3 * window - 1, Phase::plateau, Reason::loss_stalled}));
}

TEST(PhaseDetector, ASlowDecayIsNoDrop) {
  const Curve rate = [](std::int64_t step) { return 0.1 * std::pow(0.99, static_cast<double>(step)); };
  for (const Entry& entry : history(run(1000, stalled(), rate))) EXPECT_NE(entry.reason, Reason::learning_rate_drop);
}

TEST(PhaseDetector, ADecayThatEndsAtZeroIsNoDrop) {
  for (const double power : {1.0, 2.0}) {
    const Curve rate = [=](std::int64_t step) { return 0.1 * std::pow(1 - static_cast<double>(step) / 1000, power); };
    const auto entries = history(run(1000, stalled(), rate));
    EXPECT_EQ(entries.back().phase, Phase::convergence);
  }
}

TEST(PhaseDetector, ConvergesOnAPlateauAtATenthOfTheRate) {
  const std::int64_t drop = 4 * window;
  const auto rate = change(drop, constant(0.1), constant(0.1 * 0.1));
  const auto entries = history(run(drop + 8 * window, stalled(), rate));
  EXPECT_THAT(entries.back(), (Entry{drop + end_of(3), Phase::convergence, Reason::converging}));
}

TEST(PhaseDetector, ConvergesWhereTheRateDecaysOnAPlateau) {
  const auto rate = [](std::int64_t step) { return 0.1 * (1 - static_cast<double>(step) / 1000); };
  const auto entries = history(run(1000, stalled(), rate));
  EXPECT_EQ(entries.back().phase, Phase::convergence);
  EXPECT_EQ(entries.back().step, 919);  // the first window's end at or below a tenth, reached at step 900
}

TEST(PhaseDetector, ARateThatRisesLaterWarmsUpAgain) {
  const auto rate = change(5 * window, constant(0.05), constant(0.1));
  const auto entries = history(run(9 * window, falling(), rate));
  EXPECT_THAT(entries, ElementsAre(Entry{end_of(2), Phase::descent, Reason::warm_up_over},
                                   Entry{5 * window, Phase::warm_up, Reason::learning_rate_rise},
                                   Entry{end_of(7), Phase::descent, Reason::warm_up_over}));
}

TEST(PhaseDetector, GivesEvidenceForWhatTheLossDecides) {
  PhaseDetector detector;
  for (const Observation& seen : run(10 * window, stalled()))
    if (const auto event = detector.observe(seen)) {
      EXPECT_LE(event->evidence.z, 3);
      EXPECT_NEAR(event->evidence.loss_mean, 1, 0.01);
      EXPECT_NEAR(event->evidence.loss_slope, 0, 0.01 / window);
    }
}

TEST(PhaseDetector, ContinuesFromItsState) {
  PhaseDetector whole, second;
  for (const Observation& seen : whole_run()) {
    const auto expected = whole.observe(seen);
    const auto event = second.observe(seen);
    ASSERT_EQ(event.has_value(), expected.has_value()) << seen.step;
    PhaseDetector restored;
    restored.restore(second.state());
    EXPECT_EQ(restored.phase(), whole.phase());
    second = restored;
  }
}

}  // namespace
}  // namespace acrtc::control
