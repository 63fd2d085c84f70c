#include "acrtc/dataset/tar.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include "acrtc/base/error.hpp"
#include "file_bytes.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t block = 512, most_extension_bytes = std::int64_t{1} << 20;
using Header = std::array<std::uint8_t, block>;

struct Field {
  std::size_t offset, length;
};
constexpr Field name_field{0, 100}, mode_field{100, 8}, size_field{124, 12}, checksum_field{148, 8},
    magic_field{257, 8}, prefix_field{345, 155};
constexpr std::size_t type_offset = 156;

std::int64_t to_blocks(std::int64_t bytes) { return (bytes + block - 1) / block * block; }

std::string text(const Header& header, Field field) {
  const auto* const begin = reinterpret_cast<const char*>(header.data()) + field.offset;
  return {begin, strnlen(begin, field.length)};
}

/// Sum of all bytes, those of the checksum itself taken as blanks.
std::int64_t checksum(const Header& header) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i)
    sum += i - checksum_field.offset < checksum_field.length ? ' ' : header[i];
  return sum;
}

/// Octal digits ended by a blank or zero byte; -1 where it is something else.
std::int64_t octal(const Header& header, Field field) {
  std::string digits = text(header, field);
  digits.erase(std::min(digits.find_last_not_of(' ') + 1, digits.size()));
  digits.erase(0, digits.find_first_not_of(' '));
  if (digits.empty()) return -1;
  std::int64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return -1;
    value = value * 8 + (digit - '0');
  }
  return value;
}

/// Octal, or big-endian binary marked by the first bit, as GNU tar writes sizes from 8 GiB on.
std::int64_t file_size(const Header& header) {
  const std::uint8_t* bytes = header.data() + size_field.offset;
  if (bytes[0] != 0x80) return octal(header, size_field);
  std::int64_t value = 0;
  for (std::size_t i = 1; i < size_field.length; ++i) {
    if (value >= std::int64_t{1} << 54) return -1;
    value = value << 8 | bytes[i];
  }
  return value;
}

/// GNU tar, which writes `ustar  `, keeps times where POSIX has the prefix.
std::string full_name(const Header& header) {
  const std::string prefix = text(header, magic_field) == "ustar" ? text(header, prefix_field) : "";
  return prefix.empty() ? text(header, name_field) : prefix + "/" + text(header, name_field);
}

/// What headers of their own say of the file behind them, and its header has no room for.
struct Extension {
  std::optional<std::string> name;
  std::optional<std::int64_t> size;
};

/// Walks through the headers of an archive.
class TarReader {
 public:
  explicit TarReader(const std::filesystem::path& path) : file_(path) {}

  std::vector<TarEntry> list() {
    std::vector<TarEntry> entries;
    while (read_header()) {
      const std::int64_t begin = at_ + block, size = member_size();
      if (is_extension())
        extend(begin, size);
      else if (is_file())
        entries.push_back({next_.name.value_or(all_.name.value_or(full_name(header_))), begin, size});
      if (!is_extension()) next_ = {};
      at_ = begin + to_blocks(size);
    }
    return entries;
  }

 private:
  /// False at the end mark.
  bool read_header() {
    if (at_ + block > file_.size()) fail(at_, "the archive ends without an end mark; was it cut short?");
    file_.read(at_, header_);
    if (std::ranges::all_of(header_, [](std::uint8_t byte) { return byte == 0; })) return false;
    if (octal(header_, checksum_field) != checksum(header_)) fail(at_, "no header of a file, its checksum is wrong");
    return true;
  }

  std::uint8_t type() const { return header_[type_offset]; }
  /// 7 is a file that lies in sequence on its disk.
  bool is_file() const {
    if (type() == 'S') fail(at_, "a sparse file, which is not read here");
    return type() == '0' || type() == 0 || type() == '7';
  }
  /// Of pax: x speaks of the next file, g of all behind it. Of GNU tar: L is the next file's name, K a link's.
  bool is_extension() const { return type() == 'x' || type() == 'g' || type() == 'L' || type() == 'K'; }

  std::int64_t member_size() const {
    std::int64_t size = file_size(header_);
    if (!is_extension()) size = next_.size.value_or(all_.size.value_or(size));
    if (size < 0) fail(at_ + static_cast<std::int64_t>(size_field.offset), "the size is no octal number");
    if (size > file_.size() - at_ - block)
      fail(at_, "a file of " + std::to_string(size) + " bytes goes beyond the end; was the archive cut short?");
    return size;
  }

  void extend(std::int64_t begin, std::int64_t size) {
    if (size > most_extension_bytes) fail(at_, "a header of " + std::to_string(size) + " bytes for one file's name");
    std::string content(static_cast<std::size_t>(size), '\0');
    file_.read(begin, {reinterpret_cast<std::uint8_t*>(content.data()), content.size()});
    if (type() == 'L') next_.name = content.c_str();  // ends with a zero byte
    if (type() == 'x') read_records(content, begin, next_);
    if (type() == 'g') read_records(content, begin, all_);
  }

  /// Records of pax: LENGTH KEY=VALUE and a line feed; the length is that of all of it, in decimal.
  void read_records(std::string_view records, std::int64_t begin, Extension& extension) const {
    while (!records.empty()) {
      std::size_t length = 0;
      const auto [digits_end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
      const std::size_t digits = digits_end - records.data();
      if (error != std::errc{} || length > records.size() || length < digits + 2 || records[digits] != ' ' ||
          records[length - 1] != '\n')
        fail(begin, "no record of a pax header");
      take(records.substr(digits + 1, length - digits - 2), begin, extension);
      records.remove_prefix(length);
      begin += static_cast<std::int64_t>(length);
    }
  }

  void take(std::string_view record, std::int64_t begin, Extension& extension) const {
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) fail(begin, "no record of a pax header");
    const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key.starts_with("GNU.sparse.")) fail(begin, "a sparse file, which is not read here");
    if (key == "path") extension.name = value;
    if (key != "size") return;
    std::int64_t size = -1;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
    if (error != std::errc{} || end != value.data() + value.size() || size < 0)
      fail(begin, "the size is no decimal number");
    extension.size = size;
  }

  [[noreturn]] void fail(std::int64_t byte, const std::string& why) const {
    throw UserError("cannot read '" + file_.path().string() + "' as a tar archive",
                    "byte " + std::to_string(byte) + ": " + why);
  }

  RandomAccessFile file_;
  Header header_{};
  std::int64_t at_ = 0;  ///< where header_ begins
  Extension next_, all_;
};

/// Octal digits up to the last byte of the field, which stays zero.
void put_octal(Header& header, Field field, std::int64_t value) {
  for (std::size_t i = field.offset + field.length - 1; i-- > field.offset; value /= 8)
    header[i] = static_cast<std::uint8_t>('0' + value % 8);
}

}  // namespace

std::vector<TarEntry> list_tar(const std::filesystem::path& path) { return TarReader(path).list(); }

TarWriter::TarWriter(const std::filesystem::path& path) : path_(path) {
  errno = 0;
  file_.open(path, std::ios::binary | std::ios::trunc);
  write(nullptr, 0);
}

std::int64_t TarWriter::add(const std::string& name, std::span<const std::uint8_t> bytes) {
  require(name.size() <= name_field.length, "names in archives are short");
  Header header{};
  std::ranges::copy(name, header.begin());
  put_octal(header, mode_field, 0644);
  for (const Field owner : {Field{108, 8}, Field{116, 8}, Field{136, 12}}) put_octal(header, owner, 0);
  put_octal(header, size_field, std::ssize(bytes));
  header[type_offset] = '0';
  std::memcpy(header.data() + magic_field.offset, "ustar\00000", magic_field.length);
  put_octal(header, {checksum_field.offset, checksum_field.length - 1}, checksum(header));
  header[checksum_field.offset + checksum_field.length - 1] = ' ';
  write(header.data(), block);
  const std::int64_t begin = size_;
  write(bytes.data(), std::ssize(bytes));
  const Header zeros{};
  write(zeros.data(), to_blocks(size_) - size_);
  return begin;
}

void TarWriter::close() {
  const Header zeros{};
  write(zeros.data(), block);
  write(zeros.data(), block);
  file_.close();
  write(nullptr, 0);
}

void TarWriter::write(const void* bytes, std::int64_t count) {
  if (count > 0) file_.write(static_cast<const char*>(bytes), count);
  size_ += count;
  if (!file_) throw UserError("cannot write '" + path_.string() + "'", errno ? std::strerror(errno) : "");
}

}  // namespace acrtc::dataset
