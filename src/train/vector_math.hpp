#pragma once

#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"

namespace acrtc::train {

/// to += from, on up to `threads` threads.
void add(std::span<float> to, std::span<const float> from, int threads);
/// to = factor * from; `to` and `from` may be the same.
void scale(std::span<float> to, std::span<const float> from, double factor, int threads);

/// The Euclidean norm of a flat array that becomes known piece by piece. Chunks of fixed length are squared and summed
/// in double and then added in order, so that neither threads nor pieces change bits.
class ChunkedNorm {
 public:
  static constexpr std::int64_t chunk = 4096;

  explicit ChunkedNorm(std::int64_t size) : squares_((size + chunk - 1) / chunk, 0.0) {}

  /// Takes [range) of the whole array `values`; a range begins at a chunk and ends at one or at the array's end.
  void measure(std::span<const float> values, Range range, int threads);
  /// Of all that was measured.
  double norm() const;

 private:
  std::vector<double> squares_;
};

}  // namespace acrtc::train
