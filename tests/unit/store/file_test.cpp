#include "acrtc/store/file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "support/base/limit.hpp"
#include "unit/store/scratch.hpp"

namespace acrtc::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// A small log: a column of single values, one of rows of three, and a state.
struct Log {
  explicit Log(const std::filesystem::path& path)
      : file(File::create(path)),
        state(file.root().create("state", view(std::vector<std::uint8_t>{0}), {1})),
        step(file.root().create_column("step", ElementType::u64)),
        loss(file.root().create_column("loss", ElementType::f64, {3})) {}

  void append(std::uint64_t row) {
    const auto x = static_cast<double>(row);
    step.append(view(std::vector<std::uint64_t>{row}));
    loss.append(view(std::vector<double>{x, x + 0.25, x + 0.5}));
    step.flush();
    loss.flush();
  }

  File file;
  Dataset state, step, loss;
};

/// Checks every row and returns how many there are in the shorter column.
std::int64_t count_good_rows(const std::filesystem::path& path, Access access) {
  const File file = File::open(path, access);
  const auto step = file.root().dataset("step").read<std::uint64_t>();
  const auto loss = file.root().dataset("loss").read<double>();
  const std::size_t rows = std::min(step.size(), loss.size() / 3);
  for (std::size_t row = 0; row < rows; ++row) {
    EXPECT_EQ(step[row], row);
    EXPECT_EQ(loss[3 * row + 2], static_cast<double>(row) + 0.5);
  }
  return static_cast<std::int64_t>(rows);
}

class FileTest : public ScratchTest {
 protected:
  void write_text(const std::string& text) { std::ofstream(path()) << text; }
};

TEST_F(FileTest, RefusesToCreateWhatExists) {
  File::create(path()).root().set_attribute("a", "old");
  EXPECT_EQ(user_error([&] { File::create(path()); }), "cannot create '" + path().string() + "' (File exists)");
  EXPECT_EQ(File::open(path()).root().attribute_as<std::string>("a"), "old");
  File::create(path(), Existing::replace).root().set_attribute("a", "new");
  EXPECT_EQ(File::open(path()).root().attribute_as<std::string>("a"), "new");
}

TEST_F(FileTest, ReplacingLeavesALiveWriterAlone) {
  Log old(path());
  old.file.start_streaming();
  File::create(path(), Existing::replace).root().set_attribute("a", "new");
  old.append(0);
  old.file.close();
  EXPECT_EQ(File::open(path()).root().attribute_as<std::string>("a"), "new");
}

TEST_F(FileTest, LeavesLocksToReaders) {
  const File writer = File::create(path());
  const int reader = open(path().c_str(), O_RDONLY);
  EXPECT_EQ(flock(reader, LOCK_EX | LOCK_NB), 0);
  close(reader);
}

TEST_F(FileTest, SaysWhyItCannotOpen) {
  const auto error = [&] { return user_error([&] { File::open(path()); }); };
  EXPECT_EQ(error(), "cannot open '" + path().string() + "' (No such file or directory)");
  write_text("");
  EXPECT_THAT(error(), HasSubstr("(it is not an HDF5 file)"));
  write_text("GIF89a, or anything else that is longer than a superblock would be" + std::string(4096, 'x'));
  EXPECT_THAT(error(), HasSubstr("(it is not an HDF5 file)"));
  EXPECT_THAT(user_error([&] { File::open(path(".")); }), HasSubstr("(Is a directory)"));
  EXPECT_THAT(user_error([&] { File::create(path("no/file.h5")); }), HasSubstr("(No such file or directory)"));
}

TEST_F(FileTest, FailsQuicklyOnTruncatedFiles) {
  {
    Log log(path());
    for (std::uint64_t row = 0; row < 2000; ++row) log.append(row);
  }
  const auto size = std::filesystem::file_size(path());
  const auto begin = std::chrono::steady_clock::now();
  for (const auto cut : {size - 1, size / 2, size / 8, std::uintmax_t{100}}) {
    std::filesystem::resize_file(path(), cut);
    EXPECT_THAT(user_error([&] { count_good_rows(path(), Access::read); }), HasSubstr(path().string()));
    EXPECT_THAT(user_error([&] { count_good_rows(path(), Access::follow); }), HasSubstr(path().string()));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST_F(FileTest, ShowsAReaderTheRowsThatTheWriterFlushed) {
  Log log(path());
  log.append(0);
  log.file.start_streaming();
  const File reader = File::open(path(), Access::follow);
  Dataset step = reader.root().dataset("step");
  Dataset state = reader.root().dataset("state");
  EXPECT_EQ(step.rows(), 1);
  for (std::uint64_t row = 1; row < 3000; ++row) {
    log.append(row);
    if (row % 500 != 0) continue;
    step.refresh();
    EXPECT_EQ(step.rows(), static_cast<std::int64_t>(row) + 1);
    EXPECT_THAT(step.read<std::uint64_t>({step.rows() - 1, step.rows()}), ElementsAre(row));
  }
  log.state.overwrite(view(std::vector<std::uint8_t>{2}));
  log.state.flush();
  state.refresh();
  EXPECT_THAT(state.read<std::uint8_t>(), ElementsAre(2));
}

TEST_F(FileTest, CreatesNothingOnceStreaming) {
  Log log(path());
  log.file.start_streaming();
  EXPECT_THROW(log.file.root().create_group("late"), InternalError);
  EXPECT_THROW(log.file.root().create_column("late", ElementType::f64), InternalError);
  EXPECT_THROW(log.file.root().create_text("late", {"text"}), InternalError);
  EXPECT_THROW(log.step.set_attribute("late", "text"), InternalError);
  EXPECT_THROW(log.step.make_scale("late"), InternalError);
  EXPECT_THROW(log.file.start_streaming(), InternalError);
  log.append(0);
  log.file.sync();
  log.file.close();
  EXPECT_EQ(count_good_rows(path(), Access::read), 1);
  EXPECT_FALSE(File::open(path()).root().contains("late"));
}

TEST_F(FileTest, FollowsAFinishedLogToo) {
  {
    Log log(path());
    log.file.start_streaming();
    log.append(0);
  }
  EXPECT_EQ(count_good_rows(path(), Access::follow), 1);
  EXPECT_EQ(count_good_rows(path(), Access::read), 1);
}

TEST_F(FileTest, NeitherWritesAReadersFileNorUsesAClosedOne) {
  Log log(path());
  log.file.close();
  EXPECT_THROW(log.append(0), InternalError);
  EXPECT_THROW(log.step.rows(), InternalError);
  EXPECT_THROW(log.file.root(), InternalError);
  File reader = File::open(path());
  Dataset step = reader.root().dataset("step");
  EXPECT_THROW(step.append(view(std::vector<std::uint64_t>{1})), InternalError);
  EXPECT_THROW(reader.root().create_group("x"), InternalError);
  EXPECT_THROW(reader.sync(), InternalError);
}

TEST_F(FileTest, OutlivesItsWritersViolentDeath) {
  int flushed[2];
  ASSERT_EQ(pipe(flushed), 0);
  const pid_t child = fork();
  if (child == 0) {
    Log log(path());
    log.file.start_streaming();
    for (std::uint64_t row = 0; row < 1500; ++row) log.append(row);
    if (write(flushed[1], "x", 1) != 1) _exit(1);
    for (std::uint64_t row = 1500;; ++row) log.append(row);
  }
  char mark = 0;
  ASSERT_EQ(read(flushed[0], &mark, 1), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_THAT(user_error([&] { File::open(path(), Access::read); }), HasSubstr("writer runs or was killed"));
  EXPECT_GE(count_good_rows(path(), Access::follow), 1500);
}

/// Files of this process may not grow beyond `bytes` while this lives: what a full disk looks like to a program.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : limit_(RLIMIT_FSIZE, bytes) {}
  ~SmallDisk() { std::signal(SIGXFSZ, signal_); }

 private:
  void (*signal_)(int) = std::signal(SIGXFSZ, SIG_IGN);
  test::Limit limit_;
};

TEST_F(FileTest, WhatTheLibraryGetsNoMemoryForIsABadAllocation) {
#ifdef ACRTC_SANITIZED
  GTEST_SKIP() << "the sanitizer itself ends a process that gets no memory";
#endif
  const File file = File::create(path());
  const std::vector<double> row(1 << 20);
  auto column = file.root().create_column("wide", ElementType::f64, {1 << 20});
  const auto append = [&] {
    const test::Limit limit(RLIMIT_AS, 0);
    column.append(view(row));
  };
  EXPECT_THROW(append(), std::bad_alloc);
}

/// Sizes at which the disk fills up in headers, indices and rows alike.
class FullDiskTest : public FileTest, public testing::WithParamInterface<rlim_t> {};

TEST_P(FullDiskTest, KeepsTheRowsThatWereFlushed) {
  std::int64_t flushed = 0;
  {
    Log log(path());
    log.file.start_streaming();
    const SmallDisk disk(GetParam());
    const auto fill = [&] {
      for (;; ++flushed) log.append(static_cast<std::uint64_t>(flushed));
    };
    EXPECT_THAT(user_error(fill), AllOf(HasSubstr("of '" + path().string() + "'"), HasSubstr("(File too large)")));
    EXPECT_THAT(user_error([&] { log.append(0); }), HasSubstr("an earlier write to the file failed"));
  }
  EXPECT_GE(count_good_rows(path(), Access::follow), flushed);
}

TEST_P(FullDiskTest, IsReportedAtTheLatestOnClosing) {
  const SmallDisk disk(std::min<rlim_t>(GetParam(), 8000));
  const auto write = [&] {
    File file = File::create(path());
    file.root().create("x", view(std::vector<double>(10000)), {10000}, Layout::plain);
    file.close();
  };
  EXPECT_THAT(user_error(write), HasSubstr("(File too large)"));
}

INSTANTIATE_TEST_SUITE_P(Sizes, FullDiskTest, testing::Values(100, 5000, 10000, 20000, 40000, 50000, 60000, 100000));

TEST(Library, NamesItsVersion) { EXPECT_THAT(library_version(), testing::StartsWith("HDF5 1.")); }

TEST(Library, IsUsedOnSeveralThreads) { EXPECT_NO_THROW(require_thread_safety()); }

TEST_F(FileTest, NoticesThatOthersHaveCutIt) {
  Log log(path());
  log.file.start_streaming();
  for (std::uint64_t row = 0; row < 5; ++row) log.append(row);
  log.file.check_in_place();
  const auto size = std::filesystem::file_size(path());
  std::filesystem::resize_file(path(), 100);
  EXPECT_EQ(
      user_error([&] { log.file.check_in_place(); }),
      "cannot write '" + path().string() + "' (others have cut it from " + std::to_string(size) + " to 100 bytes)");
  EXPECT_THAT(user_error([&] { log.append(5); }), HasSubstr("an earlier write to the file failed"));
}

TEST_F(FileTest, NoticesThatOthersHaveCutItAlsoWhenItIsNoLongerWritten) {
  Log log(path());
  log.file.start_streaming();
  log.append(0);
  log.file.check_in_place();
  std::filesystem::resize_file(path(), 100);
  {
    const SmallDisk full(100);
    EXPECT_THAT(user_error([&] { log.append(1); }), HasSubstr("(File too large)"));
  }
  EXPECT_THAT(user_error([&] { log.file.check_in_place(); }), HasSubstr("others have cut it"));
  log.file.close();
  EXPECT_THAT(user_error([&] { log.file.check_in_place(); }), HasSubstr("others have cut it"));
}

TEST_F(FileTest, SavesARemovedFileUnderItsName) {
  Log log(path());
  log.file.start_streaming();
  for (std::uint64_t row = 0; row < 5; ++row) log.append(row);
  log.file.check_in_place();
  std::filesystem::remove(path());
  EXPECT_THAT(user_error([&] { log.file.check_in_place(); }), AllOf(HasSubstr("others have removed or replaced it"),
                                                                    HasSubstr("are now in '" + path().string() + "'")));
  EXPECT_EQ(count_good_rows(path(), Access::follow), 5);
  EXPECT_THAT(user_error([&] { log.file.check_in_place(); }), HasSubstr("are now in '" + path().string() + "'"));
}

TEST_F(FileTest, SavesAReplacedFileBesideTheOther) {
  Log log(path());
  log.file.start_streaming();
  for (std::uint64_t row = 0; row < 5; ++row) log.append(row);
  std::filesystem::remove(path());
  write_text("mine");
  const auto rescued = path().string() + ".rescued";
  EXPECT_THAT(user_error([&] { log.file.check_in_place(); }), HasSubstr("are now in '" + rescued + "'"));
  EXPECT_EQ(count_good_rows(rescued, Access::follow), 5);
  EXPECT_EQ(std::filesystem::file_size(path()), 4u);
}

TEST_F(FileTest, KeepsItsPathWhereItIsMoved) {
  const auto there = path().string() + ".moved";
  Log log(path());
  log.file.start_streaming();
  log.append(0);
  log.file.sync();
  log.file.move(there);
  log.file.check_in_place();
  EXPECT_EQ(log.file.path(), there);
  EXPECT_EQ(count_good_rows(there, Access::follow), 1);
}

}  // namespace
}  // namespace acrtc::store
