#include "acrtc/record/checkpoint.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>

#include "sample_run.hpp"

namespace acrtc::record {
namespace {

/// System calls of checkpoint writing until this process dies by SIGKILL; negative = never.
long calls_until_kill = -1;

void count_call() {
  if (calls_until_kill == 0) raise(SIGKILL);
  if (calls_until_kill > 0) --calls_until_kill;
}

}  // namespace
}  // namespace acrtc::record

// The program's own symbols go before those of shared libraries. A write is done by halves, so that a kill also finds
// files that are cut.
extern "C" ssize_t write(int file, const void* data, std::size_t size) {
  acrtc::record::count_call();
  if (acrtc::record::calls_until_kill >= 0 && size > 1) size /= 2;
  return syscall(SYS_write, file, data, size);
}
extern "C" int fsync(int file) {
  acrtc::record::count_call();
  return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int rename(const char* from, const char* to) noexcept {
  acrtc::record::count_call();
  return static_cast<int>(syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}
extern "C" int unlink(const char* path) noexcept {
  acrtc::record::count_call();
  return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

namespace acrtc::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CheckpointTest : public ScratchTest {
 protected:
  CheckpointFolder folder{path("run.checkpoints"), 2};

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
};

TEST_F(CheckpointTest, ReadsBackWhatWasWritten) {
  folder.write(sample_checkpoint(12));
  const Checkpoint read = read_checkpoint(folder.list().at(0));
  EXPECT_EQ(read.configuration, "seed = 7\n");
  EXPECT_EQ(read.test_accuracy, 0.5);
  EXPECT_EQ(read.state.step, 12);
  EXPECT_THAT(read.state.weights, ElementsAre(1, 2, 12));
  EXPECT_THAT(read.state.optimizer, ElementsAre(ElementsAre(4, 5, 6), ElementsAre(7, 8, 9)));
  EXPECT_EQ(read.state.loss_scale.good_steps, 17);
  EXPECT_EQ(read.state.decision.strengths, sample_decision(3, 2).strengths);
  EXPECT_EQ(read.log, sample_checkpoint(12).log);
  EXPECT_EQ(read.state.policy, bytes_of("policy"));
  EXPECT_EQ(read.state.probe.error, 0.02);
  EXPECT_EQ(read.state.probe.gradient_error, 0.03);
  ASSERT_EQ(read.state.memories.size(), 2u);
  EXPECT_EQ(read.state.memories[0].gemm, 2);
  EXPECT_EQ(read.state.memories[0].bytes, bytes_of("memory"));
  EXPECT_EQ(read.state.interval.step_begin, 4);
  EXPECT_EQ(read.state.interval.nodes.at(1).at(1).count, sample_count(2));
  EXPECT_EQ(read.state.epoch.test_accuracy, 0.25);
}

TEST_F(CheckpointTest, EveryCutAndEveryFlippedByteIsRefused) {
  const std::vector<std::byte> whole = encode(sample_checkpoint(5));
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_THAT(user_error([&] { decode(std::span(whole).first(size), "c"); }), HasSubstr("'c'")) << size;
  for (std::size_t place = 0; place < whole.size(); ++place) {
    auto altered = whole;
    altered[place] ^= std::byte{0x10};
    ASSERT_THAT(user_error([&] { decode(altered, "c"); }), HasSubstr("'c'")) << place;
  }
  auto longer = whole;
  longer.push_back({});
  EXPECT_THAT(user_error([&] { decode(longer, "c"); }), HasSubstr("damaged"));
  EXPECT_THAT(user_error([&] { read_checkpoint(path("none")); }), HasSubstr("cannot read"));
}

TEST_F(CheckpointTest, TheLastOnesAndTheBestStay) {
  for (const std::int64_t step : {10, 20, 30}) folder.write(sample_checkpoint(step));
  folder.write_best(sample_checkpoint(10));
  EXPECT_THAT(names(), ElementsAre("best.checkpoint", "step-0000000020.checkpoint", "step-0000000030.checkpoint"));
  EXPECT_EQ(folder.list().front().filename(), "step-0000000030.checkpoint");
  folder.write(sample_checkpoint(25));
  EXPECT_THAT(names(), ElementsAre("best.checkpoint", "step-0000000020.checkpoint", "step-0000000025.checkpoint"));
}

TEST_F(CheckpointTest, ClearingLeavesWhatOthersPutThere) {
  folder.write(sample_checkpoint(1));
  std::ofstream(folder.path() / "step-0000000002.checkpoint.part") << "cut";
  std::ofstream(folder.path() / "notes.txt") << "mine";
  folder.clear();
  EXPECT_THAT(names(), ElementsAre("notes.txt"));
}

/// In a process of its own, so that the limit and the kill stay there; its status.
template <class Body>
int status_of(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST_F(CheckpointTest, AFullDiskIsReportedAndLeavesTheOthers) {
  folder.write(sample_checkpoint(1));
  const int status = status_of([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit bound{100, 100};
    setrlimit(RLIMIT_FSIZE, &bound);
    return user_error([&] { folder.write(sample_checkpoint(2)); }).find("step-0000000002") == std::string::npos;
  });
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names(), ElementsAre("step-0000000001.checkpoint"));
}

TEST_F(CheckpointTest, AKillBeforeAnyCallLeavesAWholeOne) {
  folder.write(sample_checkpoint(1));
  int kills = 0;
  for (;; ++kills) {
    SCOPED_TRACE("killed before call " + std::to_string(kills));
    const int status = status_of([&] {
      calls_until_kill = kills;
      folder.write(sample_checkpoint(2));
      return 0;
    });
    for (const auto& file : folder.list()) ASSERT_NO_THROW(read_checkpoint(file));
    ASSERT_EQ(read_checkpoint(folder.list().back()).state.step, 1);
    if (WIFEXITED(status)) break;
    std::filesystem::remove(folder.path() / "step-0000000002.checkpoint");
  }
  EXPECT_GT(kills, 5) << "the writer's calls are no longer seen";
  EXPECT_EQ(folder.list().size(), 2u);
}

}  // namespace
}  // namespace acrtc::record
