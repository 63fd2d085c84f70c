#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acrtc::dataset {

/// A file read front to back, unpacked where it begins as gzip files do: then all of it must be gzip data. (zlib's own
/// gzread() drops whatever follows those.) Every message names the file and what it was read as.
class ByteStream {
 public:
  /// Throws UserError where the file cannot be opened. `as` completes "cannot read FILE as ...".
  ByteStream(const std::filesystem::path& path, std::string_view as);
  ~ByteStream();

  /// Reads up to out.size() bytes; fewer only at the end of the file. Throws UserError where the file is damaged.
  std::size_t read_some(std::span<std::uint8_t> out);
  /// Fills `out` or throws UserError, naming `what` was being read.
  void read_all(std::span<std::uint8_t> out, std::string_view what);

  [[noreturn]] void fail(std::string_view why, std::string_view suggestion = {}) const;
  [[noreturn]] void fail_at(std::int64_t byte, std::string_view why) const;
  std::int64_t position() const { return position_; }

 private:
  struct Source;

  bool refill();
  std::size_t copy(std::span<std::uint8_t> out);
  std::size_t unpack(std::span<std::uint8_t> out);

  std::string problem_;
  std::unique_ptr<Source> source_;
  std::int64_t position_ = 0;  ///< in what is read, unpacked
};

/// The lines of a text file, without their ends (LF or CR LF).
class LineReader {
 public:
  LineReader(const std::filesystem::path& path, std::string_view as) : stream_(path, as), buffer_(buffer_bytes) {}

  /// The next line, valid until the next call; nothing at the end of the file. Throws UserError where the file is
  /// damaged or a line is longer than 64 KiB.
  std::optional<std::string_view> next();
  /// The next line without blanks at its ends; nothing at the end of the file. Lines of blanks alone may only stand
  /// there: throws UserError where another follows one.
  std::optional<std::string_view> next_content();
  /// The number of the line that was given last, from 1.
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

/// Why a file cannot be read whose contents do not fit into memory: a small packed file may unpack to very much.
constexpr std::string_view no_memory = "the system gives no more memory for what it holds";

/// `text` without blanks and tabs at its ends.
std::string_view trim(std::string_view text);

/// `bytes` as text that a terminal survives: what is not printable becomes '?', more than 40 characters are cut.
std::string printable(std::string_view bytes);

}  // namespace acrtc::dataset
