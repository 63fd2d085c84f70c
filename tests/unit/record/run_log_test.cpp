#include "acrtc/record/run_log.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "acrtc/record/run_reader.hpp"
#include "sample_run.hpp"

namespace acrtc::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RunLogTest : public ScratchTest {};

TEST_F(RunLogTest, RowsAreThereWhileTheRunGoesOn) {
  RunLog log(path(), sample_description());
  write_sample(log, 3);
  const RunReader reader(seen_from_outside(path()));
  EXPECT_EQ(reader.state(), RunState::running);
  EXPECT_THAT(reader.column<std::int64_t>("steps/samples"), ElementsAre(64, 128, 192));
  EXPECT_THAT(reader.column<std::uint64_t>("nodes/mults", {1, 2}), ElementsAre(60, 120));
  EXPECT_THAT(reader.column<std::uint64_t>("layers/beats"), ElementsAre(40, 40, 80, 80));
  EXPECT_THAT(reader.column<double>("layers/energy_multiply_dense"), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(reader.column<double>("layers/zero_fraction"), ElementsAre(0.5, 0.5, 0.5, 0.5));
  EXPECT_THAT(reader.column<std::int64_t>("controller/role"), ElementsAre(0, 1, 2));
  EXPECT_THAT(reader.column<std::int64_t>("controller/layer"), ElementsAre(-1, -1, -1));
  EXPECT_THAT(reader.column<double>("controller/loss_slope"), ElementsAre(-0.25, -0.25, -0.25));
  EXPECT_THAT(reader.column<double>("controller/probe_error"), ElementsAre(0.01, 0.01, 0.01));
  EXPECT_THAT(reader.column<double>("controller/noise"), ElementsAre(1.5, 1.5, 1.5));
  EXPECT_THAT(reader.column<double>("steps/gradient_norm"), ElementsAre(0.75, 0.75, 0.75));
  EXPECT_THAT(reader.column<double>("steps/probe_error"), ElementsAre(0.02, 0.02, 0.02));
  EXPECT_THAT(reader.column<double>("steps/probe_gradient_error"), ElementsAre(0.03, 0.03, 0.03));
}

TEST_F(RunLogTest, FinishedLogIsPackedAndReadsTheSame) {
  RunLog log(path(), sample_description());
  write_sample(log, 2);
  const auto live_size = std::filesystem::file_size(path());
  log.end(RunState::finished);
  const RunReader reader(path());
  EXPECT_EQ(reader.state(), RunState::finished);
  EXPECT_LT(std::filesystem::file_size(path()), live_size);
  EXPECT_THAT(reader.column<std::uint64_t>("steps/weights_hash"),
              ElementsAre(0xfedcba9876543210u, 0xfedcba9876543211u));
  EXPECT_THAT(reader.dataset("layers/mults").scales(), ElementsAre("/layers/interval", "/layers/node", "/layers/gemm"));
}

TEST_F(RunLogTest, LogThatNobodyEndedSaysFailed) {
  { RunLog log(path(), sample_description()); }
  EXPECT_EQ(RunReader(path()).state(), RunState::failed);
}

TEST_F(RunLogTest, ExistingLogIsRefusedUnlessReplaced) {
  { RunLog log(path(), sample_description()); }
  EXPECT_THAT(user_error([&] { RunLog(path(), sample_description()); }), HasSubstr("run.h5"));
  RunLog log(path(), sample_description(), {.existing = store::Existing::replace});
  EXPECT_EQ(RunReader(path()).state(), RunState::running);
}

TEST_F(RunLogTest, RowsWaitForTheirTime) {
  RunLog log(path(), sample_description(), {.flush_seconds = 3600});
  log.on_step(sample_step(0));
  EXPECT_EQ(RunReader(seen_from_outside(path())).rows("steps"), 0);
  log.sync();
  EXPECT_EQ(RunReader(seen_from_outside(path())).rows("steps"), 1);
}

TEST_F(RunLogTest, ResumedLogChecksOldRowsAndAppendsNewOnes) {
  LogMark mark;
  {
    RunLog log(path(), sample_description());
    log.on_decision(sample_decision(0, 3));
    log.on_step(sample_step(0));
    mark = log.mark();
    for (std::int64_t step = 1; step < 3; ++step) log.on_step(sample_step(step));
    log.on_layers(sample_layers(0, 3));
    log.on_epoch(sample_epoch(0, 0.9));
    log.end(RunState::interrupted);
  }
  auto log = RunLog::resume(path(), sample_description(), {.mark = mark});
  for (std::int64_t step = 1; step < 3; ++step) log->on_step(sample_step(step));
  log->on_layers(sample_layers(0, 3));
  log->on_epoch(sample_epoch(0, 0.9));
  for (std::int64_t step = 3; step < 5; ++step) log->on_step(sample_step(step));
  log->on_decision(sample_decision(4, 2));
  log->end(RunState::finished);
  const RunReader reader(path());
  EXPECT_THAT(reader.column<std::int64_t>("steps/step"), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(reader.rows("nodes"), 5);
  EXPECT_EQ(reader.rows("layers"), 1);
  EXPECT_EQ(reader.rows("epochs"), 1);
  EXPECT_THAT(reader.column<std::int64_t>("controller/decision"), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(RunLogTest, ResumedLogLeavesRowsBehindThatAreVoid) {
  LogMark mark;
  {
    RunLog log(path(), sample_description());
    log.on_decision(sample_decision(0, 3));
    for (const std::int64_t step : {0, 1}) log.on_step(sample_step(step));
    mark = log.mark();
    log.on_step(sample_step(2));
    log.on_layers(sample_layers(0, 3));
    log.on_epoch(sample_epoch(0, 0.9));
    log.on_decision(sample_decision(3, 1));
  }
  auto log = RunLog::resume(path(), sample_description(), {.mark = mark, .later_rows = LaterRows::leave});
  auto other = sample_step(2);
  other.loss = 17;
  log->on_step(other);
  log->end(RunState::interrupted);
  const RunReader reader(path());
  EXPECT_THAT(reader.column<double>("steps/loss"), ElementsAre(2, 1, 17));
  EXPECT_EQ(reader.rows("nodes"), 3);
  EXPECT_EQ(reader.rows("layers"), 0);
  EXPECT_EQ(reader.rows("epochs"), 0);
  EXPECT_THAT(reader.column<std::int64_t>("controller/step"), ElementsAre(0, 0, 0));
}

TEST_F(RunLogTest, ResumedLogRefusesOtherNumbersGapsAndShapes) {
  LogMark mark;
  {
    RunLog log(path(), sample_description());
    for (const std::int64_t step : {0, 1}) log.on_step(sample_step(step));
    mark = log.mark();
    log.on_step(sample_step(2));
  }
  auto other = sample_step(2);
  other.loss = 17;
  EXPECT_THAT(user_error([&] { RunLog::resume(path(), sample_description(), {.mark = mark})->on_step(other); }),
              HasSubstr("row 2 of column 'loss' of '/steps' of '" + path().string() + "'"));
  EXPECT_THAT(
      user_error([&] { RunLog::resume(path(), sample_description(), {.mark = mark})->on_step(sample_step(4)); }),
      HasSubstr("row 2 of column 'step'"));
  auto wide = sample_description();
  wide.nodes = 3;
  EXPECT_THAT(user_error([&] { RunLog::resume(path(), wide); }), HasSubstr("another shape"));
}

TEST_F(RunLogTest, ResumedLogThatOthersCutIsToldAsThat) {
  constexpr std::int64_t nodes = 8192, steps = 20;  // more than HDF5 keeps in memory of a column
  auto wide = sample_description();
  wide.nodes = nodes;
  const auto step = [](std::int64_t number) {
    auto record = sample_step(number);
    record.nodes.resize(nodes, record.nodes.front());
    return record;
  };
  {
    RunLog log(path(), wide, {.flush_seconds = 3600});
    for (std::int64_t i = 0; i < steps; ++i) log.on_step(step(i));
  }
  const auto log = RunLog::resume(path(), wide, {.flush_seconds = 3600});
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) / 8);
  EXPECT_THAT(user_error([&] { log->on_step(step(0)); }), HasSubstr("others have cut it from"));
}

/// In a process that may not write past `limit` bytes, as on a full disk: 0 where the log reported it as it should.
int write_until_full(const std::filesystem::path& path, rlim_t limit) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit bound{limit, limit};
  RunLog log(path, sample_description());
  log.on_step(sample_step(0));
  setrlimit(RLIMIT_FSIZE, &bound);
  const std::string message = user_error([&] {
    for (std::int64_t step = 1; step < 100000; ++step) log.on_step(sample_step(step));
  });
  return message.find("run.h5") == std::string::npos ? 1 : 0;
}

TEST_F(RunLogTest, FullDiskIsReportedAndFlushedRowsStay) {
  { RunLog log(path(), sample_description()); }
  const auto limit = std::filesystem::file_size(path()) + 200000;
  std::filesystem::remove(path());
  const pid_t child = fork();
  if (child == 0) _exit(write_until_full(path(), limit));
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const RunReader reader(path());
  ASSERT_GE(reader.rows("steps"), 1);
  EXPECT_EQ(reader.column<double>("steps/loss", {0, 1}).front(), 2.0);
}

}  // namespace
}  // namespace acrtc::record
