// Every crash point of a log's writer. A killed program leaves in the file what it had handed to the operating system,
// that is, a prefix of its writes: each prefix must read back all rows flushed until then. Some points are also reached
// by a real SIGKILL, which holds the prefixes to the truth.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "acrtc/record/run_reader.hpp"
#include "sample_run.hpp"

namespace acrtc::record {
namespace {

/// Rows that a writer knows to be flushed; -1 before streaming began.
struct Flushed {
  std::int64_t steps = -1, layers = -1;
};

struct Write {
  off_t offset = 0;
  std::string bytes;
  Flushed before;
};

/// What happens at each write of this process; set by the tests below for the time of one writer.
struct Watch {
  std::vector<Write>* journal = nullptr;
  Flushed flushed;
  long writes_until_kill = -1;  ///< negative = never
};
Watch watch;

ssize_t watched_pwrite(int file, const void* data, std::size_t size, off_t offset) {
  if (watch.writes_until_kill == 0) raise(SIGKILL);
  if (watch.writes_until_kill > 0) --watch.writes_until_kill;
  if (watch.journal) watch.journal->push_back({offset, {static_cast<const char*>(data), size}, watch.flushed});
  return syscall(SYS_pwrite64, file, data, size, offset);
}

}  // namespace
}  // namespace acrtc::record

// The HDF5 library's writes come here: the program's own symbols go before those of shared libraries.
extern "C" ssize_t pwrite(int file, const void* data, std::size_t size, off_t offset) {
  return acrtc::record::watched_pwrite(file, data, size, offset);
}
extern "C" ssize_t pwrite64(int file, const void* data, std::size_t size, off64_t offset) {
  return acrtc::record::watched_pwrite(file, data, size, offset);
}

namespace acrtc::record {
namespace {

RunDescription smallest_run() {
  RunDescription run = sample_description();
  run.layers.resize(1);
  run.gemms.resize(1);
  return run;
}

/// Three steps, each an interval. Tells in `watch` what is flushed.
void write_rows(RunLog& log) {
  watch.flushed = {0, 0};
  for (std::int64_t step = 0; step < 3; ++step) {
    log.on_step(sample_step(step));
    watch.flushed.steps = step + 1;
    train::LayerRecord layers = sample_layers(step, step + 1);
    for (auto& node : layers.nodes) node.resize(1);
    log.on_layers(layers);
    watch.flushed.layers = step + 1;
  }
}

void expect_readable(const std::filesystem::path& path, Flushed flushed) {
  const RunReader reader(path);
  EXPECT_EQ(reader.state(), RunState::running);
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

class CrashTest : public ScratchTest {
 protected:
  ~CrashTest() override { watch = {}; }

  /// All writes of a writer that is never killed, but for those that end it.
  std::vector<Write> journal_of_a_run() {
    std::vector<Write> journal;
    watch = {.journal = &journal, .flushed = {}};
    RunLog log(path("whole.h5"), smallest_run());
    write_rows(log);
    watch = {};
    return journal;
  }

  /// Leaves in killed.h5 what a writer leaves that is killed before its write number `writes`.
  void kill_before(std::size_t writes) {
    std::filesystem::remove(path("killed.h5"));
    const pid_t writer = fork();
    if (writer == 0) {
      watch = {.flushed = {}, .writes_until_kill = static_cast<long>(writes)};
      RunLog log(path("killed.h5"), smallest_run());
      write_rows(log);
      _exit(0);
    }
    int status = 0;
    waitpid(writer, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
};

TEST_F(CrashTest, FlushedRowsSurviveACrashBeforeAnyWrite) {
  const std::vector<Write> journal = journal_of_a_run();
  const int replay = ::open(path("replay.h5").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  std::size_t streaming_points = 0;
  for (std::size_t i = 0; i < journal.size(); ++i) {
    SCOPED_TRACE("crash before write " + std::to_string(i));
    if (journal[i].before.steps >= 0) {
      ++streaming_points;
      ASSERT_NO_THROW(expect_readable(path("replay.h5"), journal[i].before));
    }
    if (HasFailure()) break;
    ASSERT_EQ(::pwrite(replay, journal[i].bytes.data(), journal[i].bytes.size(), journal[i].offset),
              std::ssize(journal[i].bytes));
  }
  ::close(replay);
  EXPECT_GT(streaming_points, 100u) << "of " << journal.size() << ": the library's writes are no longer seen";
}

TEST_F(CrashTest, FlushedRowsSurviveAKill) {
  const std::vector<Write> journal = journal_of_a_run();
  for (std::size_t i = journal.size() - 1; journal[i].before.steps >= 0; i -= journal.size() / 20) {
    SCOPED_TRACE("killed before write " + std::to_string(i));
    kill_before(i);
    ASSERT_NO_THROW(expect_readable(path("killed.h5"), journal[i].before));
  }
}

}  // namespace
}  // namespace acrtc::record
