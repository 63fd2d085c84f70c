#include "acrtc/hardware/interconnect.hpp"

#include <algorithm>

#include "spec.hpp"

namespace acrtc::hardware {

Interconnect parse_interconnect(const Table& table, const std::string& name) {
  const Spec spec("", table, {"description", "latency", "bandwidth", "energy_bit", "port_power"});
  Interconnect wires;
  wires.name = name;
  wires.description = spec.text("description");
  wires.latency = {spec.number("latency", time_units)};
  wires.bandwidth = {spec.positive("bandwidth", bandwidth_units)};
  wires.energy_bit = {spec.number("energy_bit", bit_energy_units)};
  wires.port_power = {spec.number("port_power", power_units)};
  return wires;
}

Exchange exchange(const Interconnect& wires, const Collective& collective, std::int64_t nodes,
                  std::span<const Bucket> buckets, Seconds compute_end) {
  if (nodes == 1) return {};
  Exchange result{};
  Seconds end;
  for (const Bucket& bucket : buckets) {
    const Seconds time = collective.time(wires, bucket.bytes, nodes);
    end = std::max(end, bucket.ready) + time;
    result.busy += time;
    result.energy += 8 * collective.sent(bucket.bytes, nodes).value * wires.energy_bit;
  }
  result.exposed = std::max(Seconds{0}, end - compute_end);
  result.energy += wires.port_power * (compute_end + result.exposed);
  return result;
}

}  // namespace acrtc::hardware
