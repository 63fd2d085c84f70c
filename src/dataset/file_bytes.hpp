#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace acrtc::dataset {

/// A regular file open for reading at any place by any thread. Throws UserError naming it.
class RandomAccessFile {
 public:
  explicit RandomAccessFile(const std::filesystem::path& path);
  ~RandomAccessFile();
  RandomAccessFile(RandomAccessFile&& other) noexcept;
  RandomAccessFile& operator=(RandomAccessFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::int64_t size() const { return size_; }
  /// Fills `out` from the bytes at `begin`; throws where the file ends before.
  void read(std::int64_t begin, std::span<std::uint8_t> out) const;

 private:
  std::filesystem::path path_;
  int descriptor_;
  std::int64_t size_ = 0;
};

/// Replaces `bytes` by all of a file. Throws UserError where it cannot be read or is larger than 256 MiB.
void read_file(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes);

/// Makes or replaces a file. Throws UserError naming it and the reason.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

}  // namespace acrtc::dataset
