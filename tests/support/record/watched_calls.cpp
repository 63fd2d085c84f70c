#include "support/record/watched_calls.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace acrtc::record::test {
namespace {

// In place of a file: of a call that works on names, of one that changes nothing.
constexpr int some_name = -1, nothing = -2;

bool is_looked_at(int file) {
  struct stat own {};
  struct stat there {};
  return fstat(file, &own) == 0 && stat(watch.path.c_str(), &there) == 0 && own.st_dev == there.st_dev &&
         own.st_ino == there.st_ino;
}

void see(const char* call, int file) {
  if (watch.calls_until_kill == 0) raise(SIGKILL);
  if (watch.calls_until_kill > 0) --watch.calls_until_kill;
  if (watch.names) watch.names->emplace_back(call);
  if (!watch.look) return;
  if (watch.changed) watch.look();
  watch.changed = file == some_name || (file != nothing && is_looked_at(file));
}

ssize_t watched_pwrite(int file, const void* data, std::size_t size, off_t offset) {
  see("pwrite", file);
  return syscall(SYS_pwrite64, file, data, size, offset);
}

int watched_truncate(int file, off_t size) {
  see("ftruncate", file);
  return static_cast<int>(syscall(SYS_ftruncate, file, size));
}

int watched_unlink(const char* path, int flags) {
  see("unlink", some_name);
  return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, flags));
}

/// Two processes that take turns.
class Turns {
 public:
  Turns() { EXPECT_TRUE(pipe(there_) == 0 && pipe(back_) == 0); }

  /// Gives the turn away until it comes back.
  void give() const {
    pass(there_[1]);
    take(back_[0]);
  }
  /// True when the turn has come; false when there is nobody left to give it.
  bool have_come() const { return take(there_[0]); }
  void give_back() const { pass(back_[1]); }
  /// Each process is one of both; else neither would notice that the other is gone.
  void only_give() const { close(there_[0]), close(back_[1]); }
  void only_have() const { close(there_[1]), close(back_[0]); }

 private:
  static void pass(int to) { syscall(SYS_write, to, "x", 1); }
  static bool take(int from) {
    char turn = 0;
    return read(from, &turn, 1) == 1;
  }

  int there_[2] = {}, back_[2] = {};  // to whoever looks, and back
};

}  // namespace

int status_of(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

long kill_before_calls(long stride, const std::function<void()>& body, const std::function<void()>& check) {
  for (long kills = 0;; ++kills) {
    SCOPED_TRACE("killed before call " + std::to_string(kills * stride));
    const int status = status_of([&] {
      watch.calls_until_kill = kills * stride;
      body();
      return 0;
    });
    EXPECT_NO_THROW(check());
    if (WIFEXITED(status) || testing::Test::HasFailure()) {
      EXPECT_EQ(status, 0);
      return kills;
    }
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
  }
}

long look_before_every_call(const std::string& path, const std::function<void()>& body,
                            const std::function<void()>& check) {
  const Turns turns;
  const pid_t writer = fork();
  if (writer == 0) {
    turns.only_give();
    watch = {.path = path, .look = [&] { turns.give(); }};
    body();
    _exit(0);
  }
  turns.only_have();
  long looks = 0;
  for (; turns.have_come(); turns.give_back()) {
    SCOPED_TRACE("look " + std::to_string(looks++));
    if (testing::Test::HasFailure()) continue;  // one is enough to read
    EXPECT_NO_THROW(check());
  }
  int status = 0;
  waitpid(writer, &status, 0);
  EXPECT_EQ(status, 0);
  return looks;
}

}  // namespace acrtc::record::test

// The program's own symbols go before those of shared libraries: their calls come here.
extern "C" {

ssize_t pwrite(int file, const void* data, std::size_t size, off_t offset) {
  return acrtc::record::test::watched_pwrite(file, data, size, offset);
}
ssize_t pwrite64(int file, const void* data, std::size_t size, off64_t offset) {
  return acrtc::record::test::watched_pwrite(file, data, size, offset);
}
ssize_t write(int file, const void* data, std::size_t size) {
  acrtc::record::test::see("write", file);
  if (acrtc::record::test::watch.write_by_halves && size > 1) size /= 2;
  return syscall(SYS_write, file, data, size);
}
int ftruncate(int file, off_t size) noexcept { return acrtc::record::test::watched_truncate(file, size); }
int ftruncate64(int file, off64_t size) noexcept { return acrtc::record::test::watched_truncate(file, size); }
int fsync(int file) {
  acrtc::record::test::see("fsync", acrtc::record::test::nothing);
  return static_cast<int>(syscall(SYS_fsync, file));
}
int rename(const char* from, const char* to) noexcept {
  acrtc::record::test::see("rename", acrtc::record::test::some_name);
  return static_cast<int>(syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}
int unlink(const char* path) noexcept { return acrtc::record::test::watched_unlink(path, 0); }
int remove(const char* path) noexcept {
  const int done = acrtc::record::test::watched_unlink(path, 0);
  return done == 0 || errno != EISDIR ? done : acrtc::record::test::watched_unlink(path, AT_REMOVEDIR);
}

}  // extern "C"
