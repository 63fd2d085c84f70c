#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace acrtc::record {

/// FNV-1a's constants (RFC 9923, section 5) on whole words. Each round is a bijection of the hash for a given word and
/// of the word for a given hash: one altered word is always seen.
inline std::uint64_t checksum(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ bytes.size();
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), sizeof(std::uint64_t)))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), std::min(bytes.size(), sizeof word));
    hash = (hash ^ word) * 0x00000100000001b3;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace acrtc::record
