#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct gzFile_s;

namespace acrtc::dataset {

/// A file read front to back through zlib, which passes plain files on as they are. Every message names the file and
/// what it was read as.
class ByteStream {
 public:
  /// Throws UserError where the file cannot be opened. `as` completes "cannot read FILE as ...".
  ByteStream(const std::filesystem::path& path, std::string_view as);

  /// Reads up to out.size() bytes; fewer only at the end of the file. Throws UserError where the file is damaged.
  std::size_t read_some(std::span<std::uint8_t> out);
  /// Fills `out` or throws UserError, naming `what` was being read.
  void read_all(std::span<std::uint8_t> out, std::string_view what);

  [[noreturn]] void fail(std::string_view why, std::string_view suggestion = {}) const;
  [[noreturn]] void fail_at(std::int64_t byte, std::string_view why) const;
  std::int64_t position() const { return position_; }

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };
  std::string problem_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::int64_t position_ = 0;
};

/// The lines of a text file, without their ends (LF or CR LF).
class LineReader {
 public:
  LineReader(const std::filesystem::path& path, std::string_view as) : stream_(path, as), buffer_(buffer_bytes) {}

  /// The next line, valid until the next call; nothing at the end of the file. Throws UserError where the file is
  /// damaged or a line is longer than 64 KiB.
  std::optional<std::string_view> next();
  /// The number of the line that next() gave last, from 1.
  std::int64_t line() const { return line_; }

  [[noreturn]] void fail(std::string_view why, std::string_view suggestion = {}) const;

 private:
  static constexpr std::size_t buffer_bytes = std::size_t{1} << 16;

  bool refill();

  ByteStream stream_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0, end_ = 0;  ///< of what buffer_ holds
  std::int64_t line_ = 0;
};

/// `bytes` as text that a terminal survives: what is not printable becomes '?', more than 40 characters are cut.
std::string printable(std::string_view bytes);

}  // namespace acrtc::dataset
