#include "weights_hash.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "acrtc/base/parallel.hpp"

namespace acrtc::train {
namespace {

// FNV-1a's constants (RFC 9923, section 5), applied to whole words.
constexpr std::uint64_t offset_basis = 0xcbf29ce484222325, prime = 0x00000100000001b3;
constexpr std::int64_t chunk = 65536;

/// A multiplication only carries upwards, so the upper bits are folded down again.
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * prime;
  return hash ^ (hash >> 32);
}

}  // namespace

std::uint64_t weights_hash(std::span<const float> weights, int threads) {
  const auto size = std::ssize(weights);
  std::vector<std::uint64_t> chunks((size + chunk - 1) / chunk, offset_basis);
  parallel_ranges(threads, size, chunk, [&](std::int64_t begin, std::int64_t end) {
    auto& hash = chunks[begin / chunk];
    for (auto i = begin; i < end; ++i) hash = mix(hash, std::bit_cast<std::uint32_t>(weights[i]));
  });
  std::uint64_t hash = mix(offset_basis, static_cast<std::uint64_t>(size));
  for (const auto part : chunks) hash = mix(hash, part);
  return std::max<std::uint64_t>(hash, 1);
}

}  // namespace acrtc::train
