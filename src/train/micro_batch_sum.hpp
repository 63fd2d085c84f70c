#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"

namespace acrtc::train {

/// Adds up the gradients of a node's micro-batches, which come one after another in the same flat array. Needs another
/// array of that size, or nothing where a batch is not cut.
class MicroBatchSum {
 public:
  MicroBatchSum(std::span<float> gradients, std::int64_t micro_batches, int threads);

  /// Before the first micro-batch of a batch.
  void begin() { parts_ = 0; }
  /// Takes the gradients of every micro-batch but the last.
  void keep();
  /// Once the last micro-batch's gradients of a range are there: makes them the sum over all.
  void finish(Range range);

 private:
  std::span<float> gradients_;
  AlignedBuffer<float> kept_;
  std::int64_t parts_ = 0;  ///< in kept_
  int threads_;
};

}  // namespace acrtc::train
