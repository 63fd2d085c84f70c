#pragma once

#include <filesystem>
#include <string>

namespace acrtc::app {

/// What one job at a time writes, and what is said to another: PROBLEM (<holder> WHY); SUGGESTION.
struct Claim {
  std::filesystem::path lock;  ///< the file that is locked
  std::string problem, why, suggestion;
};

/// `run.h5`, by `run.h5.lock` beside it.
Claim claim_log(const std::filesystem::path& log);
/// A folder that exists, by `lock` in it, where also a job that names it otherwise finds it.
Claim claim_checkpoints(const std::filesystem::path& folder);

/// Keeps other jobs from writing the same while this object lives, by a lock on a file, which goes with this object.
/// The system gives back the lock of a process that ends in whatever way. On a file system without locks it keeps
/// nobody away.
class OutputLock {
 public:
  /// Waits a few seconds for a job that is on its way out. Throws UserError where another one holds the lock, naming
  /// it.
  explicit OutputLock(const Claim& claim);
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
