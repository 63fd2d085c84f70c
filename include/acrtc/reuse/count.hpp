#pragma once

#include <array>
#include <cstdint>

namespace acrtc::reuse {

/// What one GEMM (or a sum of several) did on the emulated tensor cores. Independent of blocking, threads and ranks.
struct ReuseCount {
  std::uint64_t mults_dense = 0;  ///< m*k*n; additions of the dense GEMM are as many
  std::uint64_t mults = 0;        ///< multiplications still done
  std::uint64_t adds = 0;         ///< additions still done
  std::uint64_t comparisons = 0;  ///< of elements of A with distinct earlier ones in their window
  std::uint64_t elements = 0;     ///< of A: m*k
  std::uint64_t zeros = 0;        ///< elements of A that are zero
  std::uint64_t reused = 0;       ///< elements of A that were replaced by an earlier one
  std::uint64_t reused_zero = 0;  ///< those among them that are zero
  std::uint64_t beats_dense = 0;  ///< beats of a dot-product unit, dense
  std::uint64_t beats = 0;        ///< beats still needed

  ReuseCount& operator+=(const ReuseCount& other);
  friend bool operator==(const ReuseCount&, const ReuseCount&) = default;
};

/// One field of ReuseCount, for whoever logs, prints or compares them all.
struct CountField {
  const char* name;       ///< column name in the run log
  const char* long_name;  ///< one line of prose
  std::uint64_t ReuseCount::*member;
};

extern const std::array<CountField, 10> count_fields;

}  // namespace acrtc::reuse
