#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace acrtc::record::test {

/// What happens at each call of this process that changes a file or hands one to the disk, HDF5's calls and those of
/// the standard library included; set by tests for the time of one writer.
struct Watch {
  std::vector<std::string>* names = nullptr;  ///< of the calls, in their order
  long calls_until_kill = -1;                 ///< until this process dies by SIGKILL; negative = never
  bool write_by_halves = false;               ///< a kill then also finds files that are cut
  std::string path;                           ///< of a file that somebody looks at between the calls
  std::function<void()> look;                 ///< called before each call, but where nothing has happened to that file
  bool changed = true;                        ///< something has happened to it
};
inline Watch watch;

/// Runs `body` in a process of its own, whose watch stays there; its status as of waitpid().
int status_of(const std::function<int()>& body);

/// Runs `body` in a process that is killed before its first watched call, in another killed before the `stride`th of
/// those that are left, and so on until one comes to its end; calls `check` after each. Returns how many were killed.
long kill_before_calls(long stride, const std::function<void()>& body, const std::function<void()>& check);

/// Runs `body` in a process that waits before each of its watched calls while `check` runs in this one: the file at
/// `path` is then as a kill would leave it. Returns how often the file had changed and was checked.
long look_before_every_call(const std::string& path, const std::function<void()>& body,
                            const std::function<void()>& check);

}  // namespace acrtc::record::test
