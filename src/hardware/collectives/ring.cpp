#include "acrtc/hardware/interconnect.hpp"

namespace acrtc::hardware {
namespace {

/// Reduce-scatter and all-gather around a ring: 2(p-1) steps of n/p bytes (Thakur, Rabenseifner and Gropp 2005,
/// doi:10.1177/1094342005051521). Least traffic, most messages: for large buckets on few nodes.
class Ring : public Collective {
 public:
  Seconds time(const Interconnect& wires, Bytes bytes, std::int64_t nodes) const override {
    return steps(nodes) * wires.latency + sent(bytes, nodes) / wires.bandwidth;
  }
  Bytes sent(Bytes bytes, std::int64_t nodes) const override {
    return bytes * steps(nodes) / static_cast<double>(nodes);
  }

 private:
  static double steps(std::int64_t nodes) { return 2 * static_cast<double>(nodes - 1); }
};

const Registration<Collective> registration{
    "ring", "reduce-scatter and all-gather around a ring", {}, [](const Settings&) {
      return std::make_unique<Ring>();
    }};

}  // namespace
}  // namespace acrtc::hardware
