#include "output_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "acrtc/base/error.hpp"

namespace acrtc::app {
namespace {

constexpr std::chrono::seconds patience{5};  // a launcher takes two to end the ranks of a job that one has left

std::string own_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return "process " + std::to_string(getpid()) + " on " + host.data();
}

std::string holder_of(const std::string& lock) {
  std::string holder;
  std::getline(std::ifstream(lock), holder);
  return holder.empty() ? "another process" : holder;
}

}  // namespace

Claim claim_log(const std::filesystem::path& log) {
  return {.lock = log.string() + ".lock",
          .problem = "cannot write '" + log.string() + "'",
          .why = "writes it",
          .suggestion = "wait until that job ends"};
}

Claim claim_checkpoints(const std::filesystem::path& folder) {
  return {.lock = folder / "lock",
          .problem = "cannot write to '" + folder.string() + "'",
          .why = "keeps its checkpoints there",
          .suggestion = "give each run a checkpoint.directory of its own, or wait until that job ends"};
}

OutputLock::OutputLock(const Claim& claim) : path_(claim.lock) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!take()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw UserError(claim.problem, holder_of(path_) + " " + claim.why,
                      claim.suggestion + "; where it is gone for good, remove '" + path_ + "'");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const std::string name = own_name() + "\n";
  // A full disk must not keep a run from going on: nobody needs the name before somebody is refused.
  [[maybe_unused]] const bool named =
      ftruncate(file_, 0) == 0 && write(file_, name.data(), name.size()) == std::ssize(name);
}

OutputLock::~OutputLock() {
  if (is_in_place()) unlink(path_.c_str());
  close(file_);
}

bool OutputLock::take() {
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) throw UserError("cannot write '" + path_ + "'", std::strerror(errno));
  const bool held = flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (!held && is_in_place()) return true;  // else whoever held the lock has just removed the file
  close(file_);
  return false;
}

bool OutputLock::is_in_place() const {
  struct stat own {};
  struct stat there {};
  return fstat(file_, &own) == 0 && stat(path_.c_str(), &there) == 0 && own.st_dev == there.st_dev &&
         own.st_ino == there.st_ino;
}

}  // namespace acrtc::app
