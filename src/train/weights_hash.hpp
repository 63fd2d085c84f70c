#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace acrtc::train {

/// 64 bits that tell equal weights from different ones, never 0. Chunks of fixed length are hashed on up to `threads`
/// threads and their hashes in order.
std::uint64_t weights_hash(std::span<const float> weights, int threads);

/// Throws SharedError where the ranks' hashes are not the same; `when` is such as `after step 3`.
void require_same_weights(std::span<const std::uint64_t> hash_of_rank, const std::string& when);

}  // namespace acrtc::train
