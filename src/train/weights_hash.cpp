#include "weights_hash.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "acrtc/base/checksum.hpp"
#include "acrtc/base/parallel.hpp"

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

}  // namespace acrtc::train
