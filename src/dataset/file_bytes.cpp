#include "file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t most_bytes = std::int64_t{1} << 28;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw UserError("cannot read '" + path.string() + "'", why);
}

}  // namespace

RandomAccessFile::RandomAccessFile(const std::filesystem::path& path)
    : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail(path, std::strerror(errno));
  struct stat facts {};
  const bool regular = fstat(descriptor_, &facts) == 0 && S_ISREG(facts.st_mode);
  if (!regular) {
    close(descriptor_);
    fail(path, "no regular file");
  }
  size_ = facts.st_size;
}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

RandomAccessFile::RandomAccessFile(RandomAccessFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

void RandomAccessFile::read(std::int64_t begin, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t got = pread(descriptor_, out.data(), out.size(), begin);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path_, std::strerror(errno));
    if (got == 0) fail(path_, "it ends at byte " + std::to_string(begin));
    out = out.subspan(got);
    begin += got;
  }
}

void read_file(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes) {
  const RandomAccessFile file(path);
  if (file.size() > most_bytes) fail(path, std::to_string(file.size()) + " bytes, more than a sample can have, 2^28");
  bytes.resize(static_cast<std::size_t>(file.size()));
  file.read(0, bytes);
}

void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  file.close();
  if (!file) throw UserError("cannot write '" + path.string() + "'", errno ? std::strerror(errno) : "");
}

}  // namespace acrtc::dataset
