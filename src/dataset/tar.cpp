#include "acrtc/dataset/tar.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "acrtc/base/error.hpp"
#include "file_bytes.hpp"

namespace acrtc::dataset {
namespace {

constexpr std::int64_t block = 512;
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

std::string full_name(const Header& header) {
  const std::string prefix = text(header, magic_field).starts_with("ustar") ? text(header, prefix_field) : "";
  return prefix.empty() ? text(header, name_field) : prefix + "/" + text(header, name_field);
}

[[noreturn]] void fail(const RandomAccessFile& file, std::int64_t byte, const std::string& why) {
  throw UserError("cannot read '" + file.path().string() + "' as a tar archive",
                  "byte " + std::to_string(byte) + ": " + why);
}

/// Octal digits up to the last byte of the field, which stays zero.
void put_octal(Header& header, Field field, std::int64_t value) {
  for (std::size_t i = field.offset + field.length - 1; i-- > field.offset; value /= 8)
    header[i] = static_cast<std::uint8_t>('0' + value % 8);
}

}  // namespace

std::vector<TarEntry> list_tar(const std::filesystem::path& path) {
  const RandomAccessFile file(path);
  std::vector<TarEntry> entries;
  for (std::int64_t at = 0;;) {
    if (at + block > file.size()) fail(file, at, "the archive ends without an end mark; was it cut short?");
    Header header;
    file.read(at, header);
    if (std::ranges::all_of(header, [](std::uint8_t byte) { return byte == 0; })) return entries;
    if (octal(header, checksum_field) != checksum(header)) fail(file, at, "no header of a file, its checksum is wrong");
    const std::int64_t size = file_size(header), begin = at + block;
    if (size < 0) fail(file, at + static_cast<std::int64_t>(size_field.offset), "the size is no octal number");
    if (size > file.size() - begin)
      fail(file, at, "a file of " + std::to_string(size) + " bytes goes beyond the end; was the archive cut short?");
    const std::uint8_t type = header[type_offset];
    if (type == '0' || type == 0) entries.push_back({full_name(header), begin, size});
    at = begin + to_blocks(size);
  }
}

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
