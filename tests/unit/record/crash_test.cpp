// Every crash point of a log's writer, from the first call that changes a file to the last, whether the run begins,
// goes on or ends. A killed program leaves what it had handed to the operating system: so each state of the file
// between two calls must read back all rows flushed until then. Some are also reached by a real SIGKILL, which holds
// the others to the truth.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <new>

#include "acrtc/record/run_reader.hpp"
#include "sample_run.hpp"
#include "support/record/watched_calls.hpp"

namespace acrtc::record {
namespace {

using test::kill_before_calls;
using test::look_before_every_call;

/// Rows that a writer knows to be flushed; -1 before streaming began.
struct Flushed {
  std::int64_t steps = -1, layers = -1;
};

RunDescription smallest_run() {
  RunDescription run = sample_description();
  run.layers.resize(1);
  run.gemms.resize(1);
  return run;
}

/// `count` steps, each an interval. Tells in `flushed` what is.
void write_rows(RunLog& log, std::int64_t first, std::int64_t count, Flushed& flushed) {
  flushed = {first, first};
  for (std::int64_t step = first; step < first + count; ++step) {
    log.on_step(sample_step(step));
    flushed.steps = step + 1;
    train::LayerRecord layers = sample_layers(step, step + 1);
    for (auto& node : layers.nodes) node.resize(1);
    log.on_layers(layers);
    flushed.layers = step + 1;
  }
}

void expect_readable(const std::filesystem::path& path, Flushed flushed) {
  const RunReader reader(path);
  ASSERT_GE(reader.rows("steps"), flushed.steps);
  ASSERT_GE(reader.rows("nodes"), flushed.steps);
  ASSERT_GE(reader.rows("layers"), flushed.layers);
  const auto hashes = reader.column<std::uint64_t>("steps/weights_hash", {0, flushed.steps});
  const auto losses = reader.column<double>("nodes/loss", {0, flushed.steps});
  for (std::int64_t step = 0; step < flushed.steps; ++step) {
    const auto s = static_cast<std::size_t>(step);
    EXPECT_EQ(hashes[s], sample_step(step).weights_hash);
    EXPECT_EQ(losses[2 * s + 1], sample_step(step).loss);
  }
  const auto mults = reader.column<std::uint64_t>("layers/mults", {0, flushed.layers});
  for (std::size_t i = 0; i < mults.size(); ++i) EXPECT_EQ(mults[i], sample_count(1 + i % 2).mults);
}

/// Lives in memory that this process shares with those it forks.
class SharedFlushed {
 public:
  SharedFlushed()
      : place_(mmap(nullptr, sizeof(Flushed), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        value_(new (place_) Flushed) {}
  ~SharedFlushed() { munmap(place_, sizeof(Flushed)); }
  SharedFlushed(const SharedFlushed&) = delete;
  SharedFlushed& operator=(const SharedFlushed&) = delete;

  Flushed& operator*() const { return *value_; }
  Flushed* operator->() const { return value_; }

 private:
  void* place_;
  Flushed* value_;
};

class CrashTest : public ScratchTest {
 protected:
  std::filesystem::path log_path() const { return path("run.h5"); }

  /// A run from its beginning to its end. Nothing is promised before there are rows.
  void run(RunState end) {
    *flushed = {};
    std::filesystem::remove(log_path());
    RunLog log(log_path(), smallest_run());
    write_rows(log, 0, 2, *flushed);
    log.end(end);
  }

  /// Leaves the log of a run that was killed two steps after its first checkpoint.
  void be_killed() {
    RunLog log(log_path(), smallest_run());
    write_rows(log, 0, 1, *flushed);
    mark_ = log.mark();
    write_rows(log, 1, 2, *flushed);
  }

  /// Goes on from the checkpoint: two steps come again, and one more.
  void go_on() {
    const auto log = RunLog::resume(log_path(), smallest_run(), {.mark = mark_});
    write_rows(*log, 1, 3, *flushed);
    log->end(RunState::finished);
  }

  void check() const {
    if (flushed->steps >= 0) expect_readable(log_path(), *flushed);
  }

  SharedFlushed flushed;

 private:
  LogMark mark_;
};

TEST_F(CrashTest, FlushedRowsAreThereBeforeAnyCallOfARun) {
  for (const RunState end : {RunState::finished, RunState::interrupted}) {
    const long looks = look_before_every_call(
        log_path(), [&] { run(end); }, [&] { check(); });
    EXPECT_GT(looks, 150) << "the library's calls are no longer seen";
    EXPECT_EQ(RunReader(log_path()).state(), end);
    expect_readable(log_path(), {2, 2});
  }
}

TEST_F(CrashTest, FlushedRowsAreThereBeforeAnyCallOfARunThatGoesOn) {
  be_killed();
  const auto check_all = [&] {
    expect_readable(log_path(), {3, 3});  // also those that come again
    check();
  };
  const long looks = look_before_every_call(
      log_path(), [&] { go_on(); }, check_all);
  EXPECT_GT(looks, 50) << "the library's calls are no longer seen";
  expect_readable(log_path(), {4, 4});
}

TEST_F(CrashTest, FlushedRowsSurviveAKill) {
  const long kills = kill_before_calls(
      97, [&] { run(RunState::finished); }, [&] { check(); });
  EXPECT_GT(kills, 10) << "the library's calls are no longer seen";
}

}  // namespace
}  // namespace acrtc::record
