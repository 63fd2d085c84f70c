#pragma once

#include <cstdint>
#include <span>

namespace acrtc::train {

/// 64 bits that tell equal weights from different ones, never 0. Chunks of fixed length are hashed on up to `threads`
/// threads and their hashes in order.
std::uint64_t weights_hash(std::span<const float> weights, int threads);

}  // namespace acrtc::train
