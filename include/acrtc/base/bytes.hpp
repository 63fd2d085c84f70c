#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "acrtc/base/error.hpp"

namespace acrtc {

/// What can be told by its bytes, to programs of the same build on the same kind of machine.
template <class T>
concept Plain = std::is_trivially_copyable_v<T>;

template <Plain T>
void append(std::vector<std::byte>& bytes, std::span<const T> values) {
  const auto raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

/// Takes as many values as fit `values` from the front of `bytes`, which holds them: whoever reads what others may have
/// spoilt looks first.
template <Plain T>
void take(std::span<const std::byte>& bytes, std::span<T> values) {
  require(bytes.size() >= values.size_bytes(), "bytes hold what is taken from them");
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size_bytes());
  bytes = bytes.subspan(values.size_bytes());
}

}  // namespace acrtc
