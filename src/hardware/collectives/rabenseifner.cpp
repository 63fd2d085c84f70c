#include "../powers_of_two.hpp"
#include "acrtc/hardware/interconnect.hpp"

namespace acrtc::hardware {
namespace {

/// Reduce-scatter by recursive halving, all-gather by recursive doubling: 2 lg p messages and 2(p-1)/p n bytes
/// (Thakur, Rabenseifner and Gropp 2005, doi:10.1177/1094342005051521).
class Rabenseifner : public Collective {
 public:
  Seconds time(const Interconnect& wires, Bytes bytes, std::int64_t nodes) const override {
    const PowerOfTwo power(nodes);
    return 2 * power.rounds * wires.latency + core_sent(bytes, power) / wires.bandwidth +
           power.folding_time(wires, bytes);
  }
  Bytes sent(Bytes bytes, std::int64_t nodes) const override {
    const PowerOfTwo power(nodes);
    return power.mean_sent(core_sent(bytes, power), bytes);
  }

 private:
  static Bytes core_sent(Bytes bytes, const PowerOfTwo& power) {
    return bytes * (2 * static_cast<double>(power.core - 1) / static_cast<double>(power.core));
  }
};

const Registration<Collective> registration{
    "rabenseifner", "reduce-scatter by halving, all-gather by doubling", {}, [](const Settings&) {
      return std::make_unique<Rabenseifner>();
    }};

}  // namespace
}  // namespace acrtc::hardware
