#include "durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "acrtc/base/error.hpp"

namespace acrtc::record {
namespace {

/// Linux takes no more than 2 GiB at once; smaller pieces let a full disk show early.
constexpr std::size_t piece = std::size_t{1} << 24;

/// An open file, closed when it goes.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

void check(bool done, const std::filesystem::path& path) {
  if (!done) throw UserError("cannot write '" + path.string() + "'", std::strerror(errno));
}

void write_all(int file, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), std::min(bytes.size(), piece));
    if (written < 0 && errno == EINTR) continue;
    check(written >= 0, path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void write_synced(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  check(file.number() >= 0, path);
  write_all(file.number(), bytes, path);
  check(::fsync(file.number()) == 0, path);
}

}  // namespace

void write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  auto beside = path;
  beside += unfinished;
  try {
    write_synced(beside, bytes);
    store::rename_durably(beside, path);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

}  // namespace acrtc::record
