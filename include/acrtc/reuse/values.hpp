#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "acrtc/reuse/format.hpp"

namespace acrtc::reuse {

/// Neighbouring numbers of an operand format as GEMMs load them: FP32 values, or 16 bits each: fp16 as IEEE 754 has it,
/// the upper halves of bf16 ones. Not owned. `Byte` is std::byte, or const std::byte where they are only read.
template <class Byte>
struct ValuesOf {
  Byte* data = nullptr;
  std::int64_t size = 0;  ///< numbers
  Format format = Format::fp32;
  bool halves = false;  ///< elements are std::uint16_t, else float

  std::int64_t element_bytes() const { return halves ? 2 : 4; }

  ValuesOf part(std::int64_t begin, std::int64_t length) const {
    return {data + begin * element_bytes(), length, format, halves};
  }

  /// The first element; T is the type that `halves` says.
  template <class T>
  auto as() const {
    return reinterpret_cast<std::conditional_t<std::is_const_v<Byte>, const T, T>*>(data);
  }

  operator ValuesOf<const std::byte>() const { return {data, size, format, halves}; }
};

/// Whether max(0, x) is taken of what is written.
enum class Rectified { no, yes };

using Values = ValuesOf<std::byte>;
using ConstValues = ValuesOf<const std::byte>;

/// FP32 numbers of a format.
inline Values values_of(std::span<float> numbers, Format format = Format::fp32) {
  return {std::as_writable_bytes(numbers).data(), std::ssize(numbers), format};
}
/// Numbers of a format of 16 bits.
inline Values values_of(std::span<std::uint16_t> halves, Format format) {
  return {std::as_writable_bytes(halves).data(), std::ssize(halves), format, true};
}

inline void clear(Values values) {
  std::memset(values.data, 0, static_cast<std::size_t>(values.size * values.element_bytes()));
}
/// Sizes and formats are equal.
inline void copy(ConstValues from, Values to) {
  std::memcpy(to.data, from.data, static_cast<std::size_t>(to.size * to.element_bytes()));
}
/// Calls body(first element of `from`, first element of `to`), which are stored alike.
template <class Body>
void with_elements(ConstValues from, Values to, Body body) {
  if (to.halves)
    body(from.as<std::uint16_t>(), to.as<std::uint16_t>());
  else
    body(from.as<float>(), to.as<float>());
}

/// Sizes are equal in all of these. What is written is rounded to the format of `to`.
void widen(ConstValues from, float* to);
void round_into(const float* from, Values to);

}  // namespace acrtc::reuse
