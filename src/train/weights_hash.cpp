#include "weights_hash.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "acrtc/base/checksum.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/comm/communicator.hpp"

namespace acrtc::train {
namespace {

constexpr std::int64_t chunk = 65536;

}  // namespace

std::uint64_t weights_hash(std::span<const float> weights, int threads) {
  const auto size = std::ssize(weights);
  std::vector<Checksum> chunks((size + chunk - 1) / chunk);
  parallel_ranges(threads, size, chunk, [&](std::int64_t begin, std::int64_t end) {
    Checksum sum;
    for (auto i = begin; i < end; ++i) sum.add(std::bit_cast<std::uint32_t>(weights[i]));
    chunks[begin / chunk] = sum;
  });
  Checksum sum;
  sum.add(static_cast<std::uint64_t>(size));
  for (const Checksum& part : chunks) sum.add(part.value());
  return std::max<std::uint64_t>(sum.value(), 1);
}

void require_same_weights(std::span<const std::uint64_t> hash_of_rank, const std::string& when) {
  std::string differing;
  for (std::size_t rank = 1; rank < hash_of_rank.size(); ++rank)
    if (hash_of_rank[rank] != hash_of_rank[0]) differing += (differing.empty() ? "" : ", ") + std::to_string(rank);
  if (differing.empty()) return;
  throw comm::SharedError("the weights of ranks " + differing + " differ from rank 0's " + when,
                          "all ranks hold the same weights",
                          "run all ranks on one kind of CPU with one instruction set");
}

}  // namespace acrtc::train
