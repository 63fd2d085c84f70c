#pragma once

#include <compare>
#include <cstdint>
#include <memory>

#include "acrtc/dense/element.hpp"
#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

/// One shape of C[m,n] = A[m,k] * B[k,n] (or +=), whose operands are of one element and whose result is FP32. A and C
/// are row-major with a stride; B lies in panels, see below.
struct MatmulSpec {
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t a_stride = 0;  ///< elements from one row of A to the next
  std::int64_t c_stride = 0;
  Element element = Element::f32;
  enum class Write { overwrite, accumulate } write = Write::overwrite;

  friend auto operator<=>(const MatmulSpec&, const MatmulSpec&) = default;
};

/// B lies in panels of 64 columns; within a panel, the 64 elements of one k are contiguous (f32), or those of two
/// successive k alternate (bf16), as the CPU's dot-product instructions take them. No element outside the matrix is
/// read, but for the partner of an odd last k in bf16, which must be finite.
inline constexpr std::int64_t panel_width = 64;
std::int64_t panel_size(std::int64_t k, Element element);  ///< elements of one panel
std::int64_t packed_size(std::int64_t k, std::int64_t n, Element element);

/// A oneDNN matrix multiplication prepared for one shape, run by one thread at a time each with its own memory. Rows of
/// the result have the same bits whatever m and n are (measured for oneDNN 2.6); the order of the reduction is k's.
class Matmul {
 public:
  Matmul(const MatmulSpec& spec, Engine& engine);
  ~Matmul();

  /// Thread-safe; `thread` < engine.threads() is the caller's thread_index(). Pointers are to f32 or bf16 elements.
  void run(int thread, const void* a, const void* b_packed, float* c);

  /// The engine's instance for `spec`, made on first use. Thread-safe; valid as long as the engine.
  static Matmul& get(const MatmulSpec& spec, Engine& engine);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acrtc::dense
