#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "acrtc/comm/communicator.hpp"

namespace acrtc::comm {

/// An array that every rank has one of, equally long on all, and those of other ranks on this machine as far as this
/// rank sees them. Owns nothing.
class HostArray {
 public:
  /// Nobody else's is seen.
  HostArray(std::span<float> own) : own_(own) {}
  /// `of_rank` [rank]: this rank's own, others', and empty spans for those that are not seen.
  HostArray(int rank, std::vector<std::span<float>> of_rank) : own_(of_rank[rank]), of_rank_(std::move(of_rank)) {}

  std::span<float> own() const { return own_; }
  bool sees(int rank) const { return rank < std::ssize(of_rank_) && of_rank_[rank].data() != nullptr; }
  /// Of a rank that is seen. What it has written before a message that this rank has received stands there.
  std::span<float> of(int rank) const { return of_rank_[rank]; }

 private:
  std::span<float> own_;
  std::vector<std::span<float>> of_rank_;
};

/// Memory for one array on each rank, which ranks of one machine see of each other: what one has written others read
/// where it lies, without a copy by the system. Free of MPI's windows, which fill /dev/shm (64 MiB in containers) and
/// whose freeing every rank waits for, also one that leaves by an exception.
class HostMemory {
 public:
  /// All ranks together; `floats` is the same on all. Where a machine's system does not let processes share memory, its
  /// ranks see none but their own. Throws std::bad_alloc, on this rank alone, where there is no memory at all.
  HostMemory(const Communicator& ranks, std::size_t floats);

  /// `floats` of each rank from `begin` on, zero at first. They can be read and written as long as this object lives.
  HostArray array(std::size_t begin, std::size_t floats) const;

 private:
  struct Unmap {
    std::size_t bytes = 0;
    void operator()(float* memory) const;
  };
  using Mapping = std::unique_ptr<float[], Unmap>;

  int rank_;
  std::size_t floats_;
  std::vector<Mapping> of_rank_;  ///< none = not seen
};

}  // namespace acrtc::comm
