#pragma once

#include <cstdint>
#include <span>

#include "acrtc/network/gemm_runner.hpp"

/// Passes over whole tensors on all threads. Results do not depend on the number of threads.
namespace acrtc::network {

/// Rounds values that pass between layers to the operand format.
void round_to_operands(const GemmRunner& gemms, std::span<float> values);
void clear(const dense::Engine& engine, std::span<float> values);
/// to += from.
void add(const dense::Engine& engine, std::span<const float> from, std::span<float> to);
void copy(const dense::Engine& engine, std::span<const float> from, std::span<float> to);

/// The gradient of a bias: db[c] = the sum of dy[n, c, pixels] over samples in order and their pixels, in a fixed
/// order.
void sum_channels(const dense::Engine& engine, std::span<const float> dy, std::int64_t pixels, std::span<float> db);

/// The upper halves of a tensor's values, kept where GEMMs run in bf16.
class Bf16Copy {
 public:
  void take(const GemmRunner& gemms, std::span<const float> values);
  /// Null but for bf16.
  const std::uint16_t* data() const { return halves_.data(); }
  std::int64_t memory_bytes() const { return 2 * static_cast<std::int64_t>(halves_.size()); }

 private:
  AlignedBuffer<std::uint16_t> halves_;
};

}  // namespace acrtc::network
