#pragma once

#include <compare>
#include <cstdint>
#include <memory>

#include "acrtc/dense/element.hpp"
#include "acrtc/dense/engine.hpp"

namespace acrtc::dense {

/// B lies in panels of up to so many columns.
inline constexpr std::int64_t panel_width = 64;

/// One shape of C[m,n] = A[m,k] * B[k,n] (or +=), whose operands are of one element and whose result is FP32. A and C
/// are row-major without gaps; B lies in panels, see below.
struct MatmulSpec {
  std::int64_t m = 0, n = 0;
  std::int64_t k = 0;  ///< a multiple of k_grain(): operands end with zeros where theirs is not
  Element element = Element::f32;
  enum class Write { overwrite, accumulate } write = Write::overwrite;
  std::int64_t panel = panel_width;  ///< or narrow_panel() of all of B's columns

  friend auto operator<=>(const MatmulSpec&, const MatmulSpec&) = default;
};

/// Within a panel, the elements of one k are contiguous (f32), or those of two successive k alternate (bf16), as the
/// CPU's dot-product instructions take them. No element outside the matrix counts.
/// Elements of one panel:
std::int64_t panel_size(std::int64_t k, Element element, std::int64_t panel = panel_width);
/// Elements of all panels:
std::int64_t packed_size(std::int64_t k, std::int64_t n, Element element, std::int64_t panel = panel_width);
/// The narrowest panels that hold n columns, where the CPU multiplies such: a long B of few columns then takes no more
/// memory than it has elements.
std::int64_t narrow_panel(std::int64_t n);
/// What the inner size of a product is a multiple of: as many k as an instruction takes at once.
std::int64_t k_grain(Element element);
/// The longest inner size for which rows keep their bits (see Matmul). Longer ones are cut, and their pieces added.
inline constexpr std::int64_t longest_k = 896;

/// True where the products of an element of the result are added one after the other, each fused with its addition, or
/// of bf16 two successive k by the CPU's instruction for that; those beyond longest_chain are a chain of their own.
/// What is accumulated is added to the sum of both. (oneDNN 2.6 with AVX-512, measured; FP32 takes the same kernels
/// where the CPU has AMX.)
bool adds_in_chains(Element element);
inline constexpr std::int64_t longest_chain = 512;

/// A oneDNN matrix multiplication prepared for one shape, run by one thread at a time each with its own memory. An
/// element of the result has the same bits whatever m and n are, for k up to longest_k (measured for oneDNN 2.6 with
/// AVX2, AVX-512 and AMX).
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
