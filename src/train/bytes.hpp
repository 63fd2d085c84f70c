#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "acrtc/base/error.hpp"

namespace acrtc::train {

/// Plain values on their way between ranks of one program: same machine representation on all.
template <class T>
requires std::is_trivially_copyable_v<T>
void append(std::vector<std::byte>& bytes, std::span<const T> values) {
  const auto raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

/// Takes as many values as fit `values` from the front of `bytes`.
template <class T>
requires std::is_trivially_copyable_v<T>
void take(std::span<const std::byte>& bytes, std::span<T> values) {
  require(bytes.size() >= values.size_bytes(), "a message holds what was sent");
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size_bytes());
  bytes = bytes.subspan(values.size_bytes());
}

}  // namespace acrtc::train
