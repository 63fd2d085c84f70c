#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <span>

#include "acrtc/network/gemm_runner.hpp"

/// Passes over whole tensors on all threads. Results do not depend on the number of threads.
namespace acrtc::network {

/// Rounds values that pass between layers to the operand format.
void round_to_operands(const GemmRunner& gemms, std::span<float> values);
/// to += from.
void add(const dense::Engine& engine, std::span<const float> from, std::span<float> to);
/// The sum of all terms, rounded to the operand format.
void sum(const GemmRunner& gemms, std::span<const std::span<const float>> terms, std::span<float> to);
void copy(const dense::Engine& engine, std::span<const float> from, std::span<float> to);

/// The sum of term(0) .. term(size - 1) in sixteen interleaved partial sums: as many as the widest vector has lanes,
/// and more exact than one.
template <class Term>
float interleaved_sum(std::int64_t size, const Term& term) {
  constexpr std::int64_t lanes = 16;
  std::array<float, lanes> partial{};
  const std::int64_t whole = size / lanes * lanes;
  for (std::int64_t i = 0; i < whole; i += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) partial[lane] += term(i + lane);
  for (std::int64_t i = whole; i < size; ++i) partial[i - whole] += term(i);
  return std::accumulate(partial.begin(), partial.end(), 0.0F);
}

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
