#include "../powers_of_two.hpp"
#include "acrtc/hardware/interconnect.hpp"

namespace acrtc::hardware {
namespace {

/// In round i, nodes 2^i apart exchange all they have summed: lg p rounds of n bytes (Thakur, Rabenseifner and Gropp
/// 2005, doi:10.1177/1094342005051521). Fewest messages: for small buckets.
class RecursiveDoubling : public Collective {
 public:
  Seconds time(const Interconnect& wires, Bytes bytes, std::int64_t nodes) const override {
    const PowerOfTwo power(nodes);
    return power.rounds * (wires.latency + bytes / wires.bandwidth) + power.folding_time(wires, bytes);
  }
  Bytes sent(Bytes bytes, std::int64_t nodes) const override {
    const PowerOfTwo power(nodes);
    return power.mean_sent(bytes * power.rounds, bytes);
  }
};

const Registration<Collective> registration{
    "recursive_doubling", "whole buckets exchanged at doubling distances, for small buckets", {}, [](const Settings&) {
      return std::make_unique<RecursiveDoubling>();
    }};

}  // namespace
}  // namespace acrtc::hardware
