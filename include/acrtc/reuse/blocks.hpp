#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "acrtc/reuse/scheme.hpp"
#include "acrtc/reuse/window.hpp"

namespace acrtc::reuse {

/// What a scheme does to every block of the compared operand on its way into the GEMM, in place. Called from several
/// threads at once, blocks in any order; each block starts at a window's first row and at a multiple of 16 columns.
class BlockTransform {
 public:
  virtual ~BlockTransform() = default;

  /// Height of a window: blocks of whole windows, but for the GEMM's last.
  virtual std::int64_t window() const { return 1; }

  /// Blocks stored row by row.
  virtual WindowCount rows(MatrixView<float> block) const = 0;
  virtual WindowCount rows(MatrixView<std::uint16_t> block) const = 0;
  /// The same for rows that lie elsewhere, row i of the block at from + rows[i]; the block is overwritten. Unless
  /// overridden they are copied first.
  virtual WindowCount rows(const float* from, std::span<const std::int64_t> rows, MatrixView<float> block) const;
  virtual WindowCount rows(const std::uint16_t* from, std::span<const std::int64_t> rows,
                           MatrixView<std::uint16_t> block) const;

  /// Whether blocks stored column by column, of whole windows, can be had; otherwise they come transposed.
  virtual bool columns_supported() const { return false; }
  virtual WindowCount columns(MatrixView<float> block) const;
  virtual WindowCount columns(MatrixView<std::uint16_t> block) const;

  /// Elements can be transformed apart from being counted (see mark_repeats() and count_marks()), so that those which
  /// many columns of im2col share are compared once: this many neighbours at a time, 0 = they cannot. `to` may be where
  /// the values are.
  virtual std::int64_t marked_together() const { return 0; }
  virtual void mark(std::span<const float> values, float* to, std::uint8_t* marks) const;
  virtual void mark(std::span<const std::uint16_t> values, std::uint16_t* to, std::uint8_t* marks) const;
  virtual WindowCount count(const std::uint8_t* marks, std::span<const std::int64_t> columns,
                            std::int64_t windows) const;

 protected:
  /// What mark() writes that replaces nothing.
  template <class T>
  static void keep(std::span<const T> values, T* to) {
    if (to != values.data()) std::ranges::copy(values, to);
  }
};

/// Runs C = A' * B, A' being A transformed block by block: each block is loaded (im2col and all), transformed and
/// multiplied while it lies in the cache; A as a whole is never stored. Where Col2im adds up the result, A' is
/// convolved by oneDNN, some samples at a time, or kept and convolved or added up here where oneDNN has no kernel that
/// pays. Work is cut by shape alone, so that neither bits nor counts depend on threads. Returns the sum of what the
/// transform counted.
WindowCount run_blocks(const Gemm& gemm, const BlockTransform& transform);

/// True where GEMMs of this format load operands as 16 bits each: fp16, which is multiplied as FP32, and bf16 where the
/// CPU multiplies it; false where as FP32 values.
bool loads_halves(Format format);

}  // namespace acrtc::reuse
