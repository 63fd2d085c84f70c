#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "acrtc/comm/host_memory.hpp"

namespace acrtc::train::test {

enum class Sees { nobody, half, all };

/// An array on each rank, which as many of the others see as are to be on one machine: tests have but one.
class SharedArray {
 public:
  SharedArray(const comm::Communicator& ranks, std::size_t floats, Sees sees)
      : memory_(ranks, floats), array_(memory_.array(0, floats).own()) {
    if (sees == Sees::nobody || ranks.size() == 1) return;
    const int machine = sees == Sees::all ? ranks.size() : (ranks.size() + 1) / 2;
    const comm::HostArray whole = memory_.array(0, floats);
    std::vector<std::span<float>> seen(ranks.size());
    for (int rank = 0; rank < ranks.size(); ++rank)
      if (rank / machine == ranks.rank() / machine) seen[rank] = whole.of(rank);
    array_ = {ranks.rank(), seen};
  }

  const comm::HostArray& array() const { return array_; }
  std::span<float> own() const { return array_.own(); }

 private:
  comm::HostMemory memory_;
  comm::HostArray array_;
};

}  // namespace acrtc::train::test
