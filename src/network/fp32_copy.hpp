#pragma once

#include <cstdint>
#include <span>

#include "acrtc/network/activations.hpp"
#include "acrtc/network/gemm_runner.hpp"

namespace acrtc::network {

/// A tensor's numbers in FP32, for what knows no others: its own memory where it stores FP32, else a copy.
class Fp32Copy {
 public:
  /// The numbers of `from`, valid as long as both.
  std::span<const float> read(const dense::Engine& engine, const Activations& from);
  /// Room for the numbers of `to`, which finish() then rounds into it.
  std::span<float> write(Activations& to);
  void finish(const dense::Engine& engine, Activations& to) const;

  std::int64_t memory_bytes() const { return static_cast<std::int64_t>(copy_.size() * sizeof(float)); }

 private:
  std::span<float> room(const Activations& tensor);

  AlignedBuffer<float> copy_;
};

}  // namespace acrtc::network
