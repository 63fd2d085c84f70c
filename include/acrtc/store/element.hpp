#pragma once

#include <concepts>
#include <cstdint>

namespace acrtc::store {

/// What the elements of a dataset are in the file (little-endian); `text` is variable-length UTF-8.
enum class ElementType { f64, f32, u64, i64, u8, text };

template <class T>
concept Element = std::same_as<T, double> || std::same_as<T, float> || std::same_as<T, std::uint64_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint8_t>;

/// The element type that holds a T without loss.
template <Element T>
consteval ElementType element_type() {
  if constexpr (std::same_as<T, double>) return ElementType::f64;
  if constexpr (std::same_as<T, float>) return ElementType::f32;
  if constexpr (std::same_as<T, std::uint64_t>) return ElementType::u64;
  if constexpr (std::same_as<T, std::int64_t>) return ElementType::i64;
  if constexpr (std::same_as<T, std::uint8_t>) return ElementType::u8;
}

}  // namespace acrtc::store
