#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <span>
#include <vector>

#include "acrtc/comm/host_memory.hpp"

/// Memory of several ranks. SharedArray: an array on each rank that as many of the others see as lie on one machine,
/// for tests that have but one.
namespace acrtc::train::test {

enum class Sees { nobody, half, all };

/// As long as it lives, the system lets no process share memory with others (nor write files).
class NoSharedMemory {
 public:
  NoSharedMemory() {
    getrlimit(RLIMIT_FSIZE, &usual_);
    struct rlimit none = usual_;
    none.rlim_cur = 1;
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoSharedMemory() { setrlimit(RLIMIT_FSIZE, &usual_); }
  NoSharedMemory(const NoSharedMemory&) = delete;
  NoSharedMemory& operator=(const NoSharedMemory&) = delete;

 private:
  struct rlimit usual_ {};
};

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
