#include <algorithm>
#include <bit>
#include <cmath>

#include "acrtc/hardware/interconnect.hpp"

namespace acrtc::hardware {
namespace {

/// Two binary trees, each summing and broadcasting half of the bucket; an inner node of one is a leaf of the other, so
/// that every port is busy (Sanders, Speck and Traeff 2009, doi:10.1016/j.parco.2009.09.001). Blocks are pipelined: a
/// bucket in k blocks takes k - 1 + 2 ceil(lg p) steps, in each of which a port carries 2n/k bytes; k is chosen best.
class DoubleTree : public Collective {
 public:
  Seconds time(const Interconnect& wires, Bytes bytes, std::int64_t nodes) const override {
    if (nodes == 1) return {};
    const Seconds transfer = 2 * (bytes / wires.bandwidth);
    const double depth = 2.0 * static_cast<double>(std::bit_width(static_cast<std::uint64_t>(nodes - 1)));
    const double blocks = best_blocks(transfer, wires.latency, depth);
    return (blocks - 1 + depth) * (wires.latency + transfer / blocks);
  }
  /// In each tree all nodes but its root send half the bucket up, and receive half.
  Bytes sent(Bytes bytes, std::int64_t nodes) const override {
    return bytes * (2 * static_cast<double>(nodes - 1) / static_cast<double>(nodes));
  }

 private:
  /// Where the derivative of the time by the number of blocks is zero. The bound is for wires without latency, whose
  /// best blocks are endlessly many.
  static double best_blocks(Seconds transfer, Seconds latency, double depth) {
    constexpr double most = 1e6;
    if (latency.value <= 0) return most;
    return std::clamp(std::sqrt((depth - 1) * (transfer / latency)), 1.0, most);
  }
};

const Registration<Collective> registration{
    "tree", "double binary tree, pipelined, for many nodes", {}, [](const Settings&) {
      return std::make_unique<DoubleTree>();
    }};

}  // namespace
}  // namespace acrtc::hardware
