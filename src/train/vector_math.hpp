#pragma once

#include <functional>
#include <span>
#include <vector>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/tensor.hpp"

namespace acrtc::train {

/// to += from, on up to `threads` threads.
void add(std::span<float> to, std::span<const float> from, int threads);
/// to = factor * from; `to` and `from` may be the same.
void scale(std::span<float> to, std::span<const float> from, double factor, int threads);
/// to = factor * (a + b), on this thread; any may be the same.
void add_scaled(std::span<float> to, std::span<const float> a, std::span<const float> b, double factor);

/// The Euclidean norm of a flat array that becomes known piece by piece. Chunks of fixed length are squared and summed
/// in double and then added in order, so that neither threads nor pieces change bits.
class ChunkedNorm {
 public:
  static constexpr std::int64_t chunk = 4096;

  /// Of the first `size` elements of an array.
  explicit ChunkedNorm(std::int64_t size) : size_(size), squares_(ceil_div(size, chunk), 0.0) {}

  /// Takes [range) of the whole array `values`; a range begins at a chunk and ends at one or at the array's end. Calls
  /// write(part) before it reads a part, which the first-level cache holds.
  void measure(std::span<const float> values, Range range, int threads, const std::function<void(Range)>& write = {});
  /// What was measured in [range), a number a chunk; may be overwritten with what another rank measured there.
  std::span<double> squares(Range range);
  /// Of all that was measured.
  double norm() const;

 private:
  std::int64_t size_;
  std::vector<double> squares_;
};

}  // namespace acrtc::train
