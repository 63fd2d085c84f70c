#pragma once

#include <bit>
#include <cstdint>

#include "acrtc/hardware/interconnect.hpp"

namespace acrtc::hardware {

/// Collectives that pair nodes by the bits of their numbers work on the largest power of two of nodes. Each of the
/// `folded` nodes beyond first sends its gradients to a partner and in the end is sent the sum.
struct PowerOfTwo {
  std::int64_t core;    ///< nodes that take part
  std::int64_t folded;  ///< nodes beyond
  int rounds;           ///< log2(core)

  explicit PowerOfTwo(std::int64_t nodes)
      : core(static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(nodes)))),
        folded(nodes - core),
        rounds(std::countr_zero(static_cast<std::uint64_t>(core))) {}

  /// Sending the gradients there and the sum back, where a node is folded at all.
  Seconds folding_time(const Interconnect& wires, Bytes bytes) const {
    return folded > 0 ? 2 * (wires.latency + bytes / wires.bandwidth) : Seconds{0};
  }
  /// Mean over all nodes, where each of the core nodes sends `core_bytes` among themselves.
  Bytes mean_sent(Bytes core_bytes, Bytes bytes) const {
    const auto inside = static_cast<double>(core), outside = static_cast<double>(folded);
    return (core_bytes * inside + bytes * (2 * outside)) / (inside + outside);
  }
};

}  // namespace acrtc::hardware
