#include "byte_stream.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 14;  // small enough to open thousands of small files fast
constexpr std::size_t most_bytes_at_once = std::size_t{1} << 30;
constexpr std::array<std::uint8_t, 2> gzip_magic{0x1f, 0x8b};
constexpr int gzip_windows = 15 + 16;  // of any size, behind a gzip header

}  // namespace

/// The file as it lies on the disk, and what unpacks it.
struct ByteStream::Source {
  explicit Source(const std::filesystem::path& path) : descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() {
    if (packed) inflateEnd(&zip);
    if (descriptor >= 0) close(descriptor);
  }
  std::span<std::uint8_t> left() { return std::span(buffer).subspan(begin, end - begin); }
  bool begins_as_gzip() { return left().size() >= 2 && std::ranges::equal(left().first(2), gzip_magic); }

  int descriptor;
  std::array<std::uint8_t, buffer_bytes> buffer;
  std::size_t begin = 0, end = 0;  ///< of what buffer holds
  bool packed = false;
  bool in_member = false;  ///< a gzip file is a sequence of members
  z_stream zip{};
};

ByteStream::ByteStream(const std::filesystem::path& path, std::string_view as)
    : problem_("cannot read '" + path.string() + "' as " + std::string(as)) {
  errno = 0;
  source_ = std::make_unique<Source>(path);
  if (source_->descriptor < 0) fail(std::strerror(errno));
  while (source_->left().size() < gzip_magic.size() && refill()) {
  }
  if (!source_->begins_as_gzip()) return;
  if (inflateInit2(&source_->zip, gzip_windows) != Z_OK) throw std::bad_alloc();
  source_->packed = true;
}

ByteStream::~ByteStream() = default;

/// Reads on behind what is left. False at the end of the file.
bool ByteStream::refill() {
  Source& from = *source_;
  std::memmove(from.buffer.data(), from.buffer.data() + from.begin, from.end - from.begin);
  from.end -= from.begin;
  from.begin = 0;
  ssize_t got = -1;
  do got = read(from.descriptor, from.buffer.data() + from.end, from.buffer.size() - from.end);
  while (got < 0 && errno == EINTR);
  if (got < 0) fail(std::strerror(errno));
  from.end += static_cast<std::size_t>(got);
  return got > 0;
}

std::size_t ByteStream::read_some(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto rest = out.subspan(done, std::min(out.size() - done, most_bytes_at_once));
    const std::size_t got = source_->packed ? unpack(rest) : copy(rest);
    if (got == 0) break;
    done += got;
    position_ += static_cast<std::int64_t>(got);
  }
  return done;
}

std::size_t ByteStream::copy(std::span<std::uint8_t> out) {
  if (source_->left().empty() && !refill()) return 0;
  const std::size_t size = std::min(out.size(), source_->left().size());
  std::ranges::copy(source_->left().first(size), out.begin());
  source_->begin += size;
  return size;
}

/// Unpacks at least one byte, or none at the end of the last member.
std::size_t ByteStream::unpack(std::span<std::uint8_t> out) {
  Source& from = *source_;
  z_stream& zip = from.zip;
  for (std::size_t got = 0; got == 0;) {
    if (from.left().empty() && !refill()) {
      if (from.in_member) fail_at(position_, "the compressed data end early");
      return 0;
    }
    if (!std::exchange(from.in_member, true)) inflateReset(&zip);
    zip.next_in = from.left().data(), zip.avail_in = static_cast<unsigned>(from.left().size());
    zip.next_out = out.data(), zip.avail_out = static_cast<unsigned>(out.size());
    const int status = inflate(&zip, Z_NO_FLUSH);
    from.begin = from.end - zip.avail_in;
    got = out.size() - zip.avail_out;
    if (status == Z_STREAM_END) from.in_member = false;
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      fail_at(position_ + static_cast<std::int64_t>(got),
              position_ > 0 && zip.total_out == 0
                  ? "something that is no gzip data follows"
                  : "damaged gzip data: " + std::string(zip.msg ? zip.msg : "it needs a dictionary"));
  }
  return out.size() - zip.avail_out;
}

void ByteStream::read_all(std::span<std::uint8_t> out, std::string_view what) {
  const std::int64_t begin = position_;
  if (read_some(out) < out.size())
    fail_at(position_, "the file ends within " + std::string(what) + ", bytes " + std::to_string(begin) + " to " +
                           std::to_string(begin + static_cast<std::int64_t>(out.size()) - 1));
}

void ByteStream::fail(std::string_view why, std::string_view suggestion) const {
  throw UserError(problem_, why, suggestion);
}

void ByteStream::fail_at(std::int64_t byte, std::string_view why) const {
  const char* const unpacked = source_->packed ? " of the unpacked data" : "";
  fail("byte " + std::to_string(byte) + unpacked + ": " + std::string(why));
}

std::optional<std::string_view> LineReader::next() {
  ++line_;
  for (std::size_t searched = begin_;;) {
    const auto* const found =
        static_cast<const std::uint8_t*>(std::memchr(buffer_.data() + searched, '\n', end_ - searched));
    searched = end_;
    if (!found) {
      searched -= begin_;  // refill() moves what is left to the front
      if (refill()) continue;
      if (begin_ == end_) return std::nullopt;
    }
    const std::size_t line_end = found ? found - buffer_.data() : end_;
    std::string_view line(reinterpret_cast<const char*>(buffer_.data()) + begin_, line_end - begin_);
    begin_ = found ? line_end + 1 : end_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
}

std::optional<std::string_view> LineReader::next_content() {
  auto line = next();
  const std::int64_t first = line_;
  while (line && trim(*line).empty()) line = next();
  if (!line) return std::nullopt;
  if (line_ > first) fail("follows an empty line");
  return trim(*line);
}

/// Reads on behind what is left. False at the end of the file.
bool LineReader::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) fail("longer than 64 KiB", "is this a text file?");
  const std::size_t got = stream_.read_some(std::span(buffer_).subspan(end_));
  end_ += got;
  return got > 0;
}

void LineReader::fail(std::string_view why, std::string_view suggestion) const {
  stream_.fail("line " + std::to_string(line_) + ": " + std::string(why), suggestion);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string printable(std::string_view bytes) {
  constexpr std::size_t most = 40;
  std::string text(bytes.substr(0, most));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return bytes.size() > most ? text + "..." : text;
}

}  // namespace acrtc::dataset
