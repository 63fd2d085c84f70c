#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/base/bytes.hpp"
#include "acrtc/base/error.hpp"

namespace acrtc::record {

/// Puts values one after the other, lists with their length before them.
class ByteWriter {
 public:
  template <Plain T>
  void put(const T& value) {
    append(bytes_, std::span(&value, 1));
  }
  template <Plain T>
  void put_list(const std::vector<T>& values) {
    put(std::uint64_t{sizeof(T)});
    put(std::uint64_t{values.size()});
    append(bytes_, std::span(values));
  }
  void put_text(const std::string& text) { put_list(std::vector<char>(text.begin(), text.end())); }

  /// Writes over what was put at byte `place`.
  template <Plain T>
  void replace(std::size_t place, const T& value) {
    std::memcpy(bytes_.data() + place, &value, sizeof value);
  }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Takes them out again. Throws UserError naming `origin` where the bytes end early or hold elements of another size.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string origin) : rest_(bytes), origin_(std::move(origin)) {}

  template <Plain T>
  T take() {
    T value;
    take_into(std::span(&value, 1));
    return value;
  }
  template <Plain T>
  std::vector<T> take_list() {
    if (take<std::uint64_t>() != sizeof(T)) reject("it was written by another build of the program");
    const auto count = take<std::uint64_t>();
    if (count > rest_.size() / sizeof(T)) reject("it ends early");
    std::vector<T> values(count);
    take_into(std::span(values));
    return values;
  }
  std::string take_text() {
    const auto text = take_list<char>();
    return {text.begin(), text.end()};
  }
  std::span<const std::byte> rest() const { return rest_; }

  [[noreturn]] void reject(const std::string& why) const { throw UserError("'" + origin_ + "' is damaged", why); }

 private:
  template <Plain T>
  void take_into(std::span<T> values) {
    if (values.size_bytes() > rest_.size()) reject("it ends early");
    acrtc::take(rest_, values);
  }

  std::span<const std::byte> rest_;
  std::string origin_;
};

}  // namespace acrtc::record
