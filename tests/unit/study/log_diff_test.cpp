#include "acrtc/study/log_diff.hpp"

#include <gtest/gtest.h>

#include "unit/record/sample_run.hpp"

namespace acrtc::study {
namespace {

using record::RunReader;

class LogDiffTest : public record::ScratchTest {
 protected:
  void write(const std::string& name, const std::vector<train::StepRecord>& steps, const char* host = "alpha") {
    record::RunDescription run = record::sample_description();
    run.provenance.host_names = {host};
    record::RunLog log(path(name), run);
    log.on_decision(record::sample_decision(0, 3));
    for (const train::StepRecord& step : steps) log.on_step(step);
  }
  std::string difference() {
    const auto found = first_difference(RunReader(path("a.h5")), RunReader(path("b.h5")));
    return found ? to_string(*found) : "same";
  }
  std::vector<train::StepRecord> steps_ = {record::sample_step(0), record::sample_step(1)};
};

TEST_F(LogDiffTest, RealTimesHostsAndPackingDoNotCount) {
  write("a.h5", steps_, "alpha");
  steps_[1].wall_seconds = 99;
  write("b.h5", steps_, "beta");
  record::repair(path("b.h5"), path("b.h5"));
  EXPECT_EQ(difference(), "same");
}

TEST_F(LogDiffTest, NamesTheFirstDifferingValue) {
  write("a.h5", steps_);
  steps_[1].nodes[1].loss = 0.25;
  write("b.h5", steps_);
  EXPECT_EQ(difference(), "nodes/loss differs in row 1, cell 1: 1.0 | 0.25");
}

TEST_F(LogDiffTest, BitsCountNotValues) {
  steps_[0].loss = std::numeric_limits<double>::quiet_NaN();
  steps_[1].accuracy = 0.0;
  write("a.h5", steps_);
  steps_[1].accuracy = -0.0;
  write("b.h5", steps_);
  EXPECT_EQ(difference(), "steps/accuracy differs in row 1: 0.0 | -0.0");
}

TEST_F(LogDiffTest, LengthsAreComparedAfterTheCommonRows) {
  write("a.h5", steps_);
  write("b.h5", {steps_[0]});
  EXPECT_EQ(difference(), "steps/step differs: [2] | [1]");
}

}  // namespace
}  // namespace acrtc::study
