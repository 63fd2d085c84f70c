#include "acrtc/record/checkpoint.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "sample_run.hpp"
#include "support/record/watched_calls.hpp"

namespace acrtc::record {
namespace {

using test::kill_before_calls;
using test::status_of;
using test::watch;
using testing::ElementsAre;
using testing::HasSubstr;

class CheckpointTest : public ScratchTest {
 protected:
  ~CheckpointTest() override { watch = {}; }

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

/// Kept or the best, whichever a run would go on from.
std::int64_t newest_step(const CheckpointFolder& folder) { return read_checkpoint(folder.list().front()).state.step; }

TEST_F(CheckpointTest, AKillBeforeAnyCallLeavesAWholeOne) {
  for (const std::int64_t keep : {1, 2}) {
    CheckpointFolder few(path("keep" + std::to_string(keep)), keep);
    few.write(sample_checkpoint(1));
    const long kills = kill_before_calls(
        1,
        [&] {
          watch.write_by_halves = true;
          few.write(sample_checkpoint(2));
        },
        [&] {
          for (const auto& file : few.list()) read_checkpoint(file);
          EXPECT_GE(newest_step(few), 1);
          few.write(sample_checkpoint(1));  // what came later goes
        });
    EXPECT_GT(kills, 5) << "the writer's calls are no longer seen";
  }
}

TEST_F(CheckpointTest, AKillBeforeAnyCallLeavesABestOne) {
  folder.write_best(sample_checkpoint(1));
  const long kills = kill_before_calls(
      1, [&] { folder.write_best(sample_checkpoint(2)); },
      [&] { EXPECT_GE(read_checkpoint(folder.best()).state.step, 1); });
  EXPECT_GT(kills, 3) << "the writer's calls are no longer seen";
}

TEST_F(CheckpointTest, IsOnTheDiskBeforeItHasItsNameAndTheFolderAfterwards) {
  folder.write(sample_checkpoint(1));
  std::vector<std::string> calls;
  watch.names = &calls;
  folder.write(sample_checkpoint(2));
  folder.write(sample_checkpoint(3));
  watch = {};
  EXPECT_THAT(calls, ElementsAre("write", "fsync", "rename", "fsync", "write", "fsync", "rename", "fsync", "unlink"));
}

}  // namespace
}  // namespace acrtc::record
