#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acrtc/comm/host_memory.hpp"

/// An array on each rank that as many of the others see as lie on one machine, for tests that have but one.
namespace acrtc::train::test {

enum class Sees { nobody, half, all };

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
