#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/quantity.hpp"
#include "acrtc/base/registry.hpp"
#include "acrtc/hardware/accelerator.hpp"

namespace acrtc::hardware {

/// The wires between nodes, as a file in configs/interconnect describes them (alpha-beta model).
struct Interconnect {
  std::string name, description;
  Seconds latency;      ///< alpha: of one message
  Bandwidth bandwidth;  ///< 1/beta: of one node's port, each direction
  Joules energy_bit;    ///< moving one bit over one link, both ends
  Watts port_power;     ///< of one node's port, always on
};

/// Reads the table of configs/interconnect/<name>.toml; as parse_accelerator.
Interconnect parse_interconnect(const Table& table, const std::string& name);

/// One way to sum gradients over all nodes, every node's port sending and receiving at once. Adding up what arrives
/// costs no time: an accelerator's memory is an order of magnitude faster than its port.
/// One .cpp in src/hardware/collectives with one Registration<Collective> line.
class Collective {
 public:
  static constexpr const char* kind = "collective";
  using Factory = std::function<std::unique_ptr<Collective>(const Settings&)>;
  virtual ~Collective() = default;

  /// Time to all-reduce `bytes` over `nodes` nodes; 0 for one node.
  virtual Seconds time(const Interconnect& wires, Bytes bytes, std::int64_t nodes) const = 0;
  /// Bytes that a node sends meanwhile, the mean over all nodes.
  virtual Bytes sent(Bytes bytes, std::int64_t nodes) const = 0;
};

/// A bucket of gradients in one step of one node: when backward has finished it, and how large it is.
struct Bucket {
  Seconds ready;  ///< since the step began
  Bytes bytes;
};

/// What all-reducing a step's buckets, one after another and overlapping backward, costs.
struct Exchange {
  Seconds busy;     ///< sum of the collectives' times
  Seconds exposed;  ///< by how much the last one ends after `compute_end`
  Joules energy;    ///< of one node's port over the whole step, the mean over nodes; 0 for one node
};

/// Buckets in the order in which they become ready. `compute_end`: when the slowest node has finished backward.
Exchange exchange(const Interconnect& wires, const Collective& collective, std::int64_t nodes,
                  std::span<const Bucket> buckets, Seconds compute_end);

}  // namespace acrtc::hardware
