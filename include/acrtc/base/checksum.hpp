#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace acrtc {

/// FNV-1a's constants (RFC 9923, section 5) on whole words, as they come. Each round is a bijection of the hash for a
/// given word and of the word for a given hash: one altered word is always seen. (A multiplication only carries
/// upwards, so the upper bits are folded down again.) Not for use against an adversary.
class Checksum {
 public:
  explicit Checksum(std::uint64_t key = 0) : hash_(0xcbf29ce484222325 ^ key) {}

  void add(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x00000100000001b3;
    hash_ ^= hash_ >> 32;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_;
};

/// Of bytes, the last word filled up with zeros.
inline std::uint64_t checksum(std::span<const std::byte> bytes) {
  Checksum sum(bytes.size());
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), sizeof(std::uint64_t)))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), std::min(bytes.size(), sizeof word));
    sum.add(word);
  }
  return sum.value();
}

}  // namespace acrtc
