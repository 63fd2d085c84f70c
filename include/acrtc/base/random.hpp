#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace acrtc {

/// What a stream of random numbers is for; each purpose draws from its own, so adding one disturbs no other.
enum class RandomStream : std::uint32_t {
  initial_weights = 1,
  shuffle = 2,
  dropout = 3,
  augmentation = 4,
  synthetic_data = 5,
  capture = 6,
};

/// Counter-based random numbers (Philox4x32-10; Salmon et al., SC'11, doi:10.1145/2063384.2063405):
/// a pure function of seed, stream and four counters, so that no draw depends on ranks, threads or order.
class Random {
 public:
  Random(std::uint64_t seed, RandomStream stream) : seed_(seed), stream_(stream) {}

  /// Four independent uniform 32-bit words for the counters (`major`, `minor`, `index`), e.g. step, sample, element.
  std::array<std::uint32_t, 4> words(std::uint32_t major, std::uint32_t minor, std::uint32_t index) const;

  /// Uniform in [0, 1), 24 bits.
  float uniform(std::uint32_t major, std::uint32_t minor, std::uint32_t index) const;
  /// Uniform in [0, bound), bound >= 1, without modulo bias worth mentioning (64-bit multiply-shift).
  std::uint64_t below(std::uint64_t bound, std::uint32_t major, std::uint32_t minor, std::uint32_t index) const;
  /// Standard normal by Box-Muller.
  float normal(std::uint32_t major, std::uint32_t minor, std::uint32_t index) const;

 private:
  std::uint64_t seed_;
  RandomStream stream_;
};

/// A permutation of 0..size-1 (Fisher-Yates), a pure function of (random, major): the global order of an epoch.
void permute(std::span<std::uint32_t> out, const Random& random, std::uint32_t major);

}  // namespace acrtc
