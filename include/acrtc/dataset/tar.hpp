#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace acrtc::dataset {

/// A regular file in a tar archive.
struct TarEntry {
  std::string name;
  std::int64_t begin = 0, size = 0;  ///< of its bytes in the archive
};

/// The regular files of an uncompressed archive in the POSIX formats ustar and pax (IEEE Std 1003.1) or in GNU tar's,
/// in order, under their names of any length. Folders and links are passed over. Reads headers alone.
/// Throws UserError naming archive and byte where a header's checksum, number or record is wrong, a file is sparse or
/// goes beyond the end, or the end mark is missing, as in an archive that was cut short.
std::vector<TarEntry> list_tar(const std::filesystem::path& path);

/// Writes an archive that list_tar() and every tar program read.
class TarWriter {
 public:
  /// Makes or replaces the file. Throws UserError, as all calls do, naming it where it cannot be written.
  explicit TarWriter(const std::filesystem::path& path);

  /// Adds a file and returns where its bytes begin. `name` has at most 100 bytes. Owner and time are 0, so that equal
  /// contents make equal archives.
  std::int64_t add(const std::string& name, std::span<const std::uint8_t> bytes);
  std::int64_t size() const { return size_; }
  /// Writes the end mark.
  void close();

 private:
  void write(const void* bytes, std::int64_t count);

  std::filesystem::path path_;
  std::ofstream file_;
  std::int64_t size_ = 0;
};

}  // namespace acrtc::dataset
