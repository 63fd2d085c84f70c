#pragma once

#include <filesystem>
#include <string>

namespace acrtc::app {

/// Keeps other jobs from writing the same log while this object lives, by a lock on the file `LOG.lock`, which goes
/// with this object. The system gives back the lock of a process that ends in whatever way. On a file system without
/// locks it keeps nobody away.
class OutputLock {
 public:
  /// Waits a few seconds for a job that is on its way out. Throws UserError where another one holds the lock, naming
  /// it.
  explicit OutputLock(const std::filesystem::path& log);
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  /// False where another process holds the lock.
  bool take();
  bool is_in_place() const;

  std::string path_;
  int file_ = -1;
};

}  // namespace acrtc::app
