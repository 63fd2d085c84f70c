#include "byte_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "acrtc/base/error.hpp"

namespace acrtc::dataset {
namespace {

/// zlib's `PATH: TEXT` without the path, which our messages name already.
std::string after_path(std::string_view message) {
  const auto colon = message.rfind(": ");
  return std::string(colon == std::string_view::npos ? message : message.substr(colon + 2));
}

}  // namespace

ByteStream::ByteStream(const std::filesystem::path& path, std::string_view as)
    : problem_("cannot read '" + path.string() + "' as " + std::string(as)) {
  errno = 0;
  file_.reset(gzopen(path.c_str(), "rb"));
  if (!file_) fail(errno ? std::strerror(errno) : "out of memory");
  gzbuffer(file_.get(), 1 << 14);  // small enough to open thousands of small files fast
}

void ByteStream::Close::operator()(gzFile_s* file) const { gzclose_r(file); }

std::size_t ByteStream::read_some(std::span<std::uint8_t> out) {
  const int got = gzread(file_.get(), out.data(), static_cast<unsigned>(out.size()));
  int code = Z_OK;
  const std::string_view message = gzerror(file_.get(), &code);
  if (code == Z_ERRNO) fail(std::strerror(errno));
  if (code == Z_BUF_ERROR) fail_at(position_ + std::max(got, 0), "the compressed data end early");
  if (got < 0 || code != Z_OK) fail_at(position_, "damaged gzip data: " + after_path(message));
  position_ += got;
  return static_cast<std::size_t>(got);
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
  const char* const unpacked = gzdirect(file_.get()) ? "" : " of the unpacked data";
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

std::string printable(std::string_view bytes) {
  constexpr std::size_t most = 40;
  std::string text(bytes.substr(0, most));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return bytes.size() > most ? text + "..." : text;
}

}  // namespace acrtc::dataset
