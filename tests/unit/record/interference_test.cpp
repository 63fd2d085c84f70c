// Others remove or cut a log that is being written, between any two calls of its writer: the run must tell that in the
// program's own words, whatever HDF5 makes of it, and neither lose what was removed nor finish where rows are gone.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <cstring>
#include <functional>
#include <new>

#include "acrtc/record/run_reader.hpp"
#include "sample_run.hpp"
#include "support/record/watched_calls.hpp"

namespace acrtc::record {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t steps = 3;
constexpr long stride = 37;  // of the moments that are tried: all of them take minutes

/// What a writer in another process says.
struct Told {
  bool streaming = false;
  std::int64_t flushed = 0;  ///< steps
  std::array<char, 1024> error{};
};

class InterferenceTest : public ScratchTest {
 protected:
  ~InterferenceTest() override { munmap(told_, sizeof(Told)); }

  std::filesystem::path log_path() const { return path("run.h5"); }
  bool is_finished() const { return RunReader(log_path()).state() == RunState::finished; }

  /// A run with which others interfere before its `moment`th change of the log, after it began to stream. False where
  /// it has finished before.
  bool run(long moment, const std::function<void()>& interfere) {
    std::filesystem::remove(log_path());
    *told_ = {};
    bool struck = false;
    test::look_before_every_call(
        log_path(), [&] { write(); },
        [&] {
          if (!told_->streaming || moment-- != 0 || is_finished()) return;
          interfere();
          struck = true;
        });
    return struck;
  }

  std::string error() const { return told_->error.data(); }

  void expect_all_rows() const {
    const RunReader log(log_path());
    EXPECT_EQ(log.state(), RunState::finished);
    EXPECT_THAT(log.column<double>("steps/loss"), ElementsAre(2, 1, 2.0 / 3));
    EXPECT_THAT(log.column<double>("epochs/test_accuracy"), ElementsAre(0.9));
  }

  void expect_flushed_rows() const { EXPECT_GE(RunReader(log_path()).rows("steps"), told_->flushed); }

 private:
  void write() {
    try {
      RunLog log(log_path(), sample_description());
      told_->streaming = true;
      log.on_decision(sample_decision(0, 3));
      for (; told_->flushed < steps; ++told_->flushed) log.on_step(sample_step(told_->flushed));
      log.on_layers(sample_layers(0, steps));
      log.sync();
      log.on_epoch(sample_epoch(0, 0.9));
      log.end(RunState::finished);
    } catch (const UserError& error) {
      std::strncpy(told_->error.data(), error.what(), told_->error.size() - 1);
    }
  }

  Told* told_ = new (mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Told;
};

TEST_F(InterferenceTest, ARemovedLogIsThereAgainWheneverItWasRemoved) {
  long moment = 0;
  for (; run(moment, [&] { std::filesystem::remove(log_path()); }) && !HasFailure(); moment += stride) {
    SCOPED_TRACE("removed at moment " + std::to_string(moment));
    EXPECT_THAT(error(), AnyOf(IsEmpty(), HasSubstr("others have removed or replaced it")));
    error().empty() ? expect_all_rows() : expect_flushed_rows();
  }
  EXPECT_GT(moment, 50) << "the library's calls are no longer seen";
}

TEST_F(InterferenceTest, ACutLogIsToldAsThatAlsoWhereTheDiskIsFull) {
  const auto write = [&] {
    RunLog log(log_path(), sample_description());
    log.on_step(sample_step(0));
    std::signal(SIGXFSZ, SIG_IGN);
    const auto cut = [&] {
      const rlimit full{100, 100};
      setrlimit(RLIMIT_FSIZE, &full);
      std::filesystem::resize_file(log_path(), 100);
    };
    test::watch = {.path = log_path(), .look = cut};
    return user_error([&] { log.on_step(sample_step(1)); }).find("others have cut it from") == std::string::npos;
  };
  EXPECT_EQ(test::status_of(write), 0);
}

class CutTest : public InterferenceTest, public testing::WithParamInterface<double> {};

TEST_P(CutTest, IsToldInOurWordsWheneverItHappened) {
  const auto cut = [&] {
    const auto size = static_cast<double>(std::filesystem::file_size(log_path()));
    std::filesystem::resize_file(log_path(), static_cast<std::uintmax_t>(GetParam() * size));
  };
  long moment = 0;
  for (; run(moment, cut) && !HasFailure(); moment += stride) {
    SCOPED_TRACE("cut at moment " + std::to_string(moment));
    if (error().empty())
      expect_all_rows();  // the file was written anew from there on
    else
      EXPECT_THAT(error(), HasSubstr("others have cut"));
  }
  EXPECT_GT(moment, 50) << "the library's calls are no longer seen";
}

INSTANTIATE_TEST_SUITE_P(Sizes, CutTest, testing::Values(0, 0.3, 0.9));

}  // namespace
}  // namespace acrtc::record
