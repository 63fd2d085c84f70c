#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/format.hpp"

namespace acrtc::reuse {

/// What is reused: single products, or the dot products of a lane group.
enum class Granularity { product, dot };

/// How elements of the compared operand are compared. Rows [w*window, (w+1)*window) form a window, columns
/// [g*lanes, (g+1)*lanes) a lane group; the last of each may be smaller. The key of an element is its sign, exponent
/// and upper mantissa bits; +0 and -0 share one key, non-finite values match nothing.
struct WindowRule {
  Format format = Format::fp32;
  std::int64_t window = 4;  ///< rows, 1..64: the height of a tensor core's tile
  std::int64_t lanes = 4;   ///< columns, divides 16: the depth of a dot-product unit
  std::int64_t supply = 2;  ///< rows that can be delivered and reduced a beat, 1..window
  Granularity granularity = Granularity::product;
  int dropped_bits = 0;  ///< mantissa bits that are not compared, 0..mantissa_bits(format)
};

/// What comparing found, summed over windows; u is the number of distinct elements (tuples) in a window's column
/// (group).
struct WindowCount {
  std::uint64_t products = 0;     ///< product: sum of u; dot: sum of u * |group|
  std::uint64_t sums = 0;         ///< product: elements; dot: sum of u * (|group| - 1) + rows
  std::uint64_t comparisons = 0;  ///< of elements with the distinct ones before them
  std::uint64_t zeros = 0, reused = 0, reused_zero = 0;
  std::uint64_t beats = 0;  ///< sum over windows and groups of max(most distinct, ceil(rows / supply))

  WindowCount& operator+=(const WindowCount& other);
};

/// Replaces, in place, every element whose key equals that of an earlier row in its window and column (every tuple, for
/// dot) by the first such one. The block starts at a window's first row and a group's first column. Elements are FP32
/// values of the format, or, of a format of 16 bits, halves.
WindowCount reuse_rows(const WindowRule& rule, MatrixView<float> block);
WindowCount reuse_rows(const WindowRule& rule, MatrixView<std::uint16_t> block);
/// The same for rows that lie elsewhere, row i of the block at from + rows[i]; the block is overwritten.
WindowCount reuse_rows(const WindowRule& rule, const float* from, std::span<const std::int64_t> rows,
                       MatrixView<float> block);
WindowCount reuse_rows(const WindowRule& rule, const std::uint16_t* from, std::span<const std::int64_t> rows,
                       MatrixView<std::uint16_t> block);

/// The same for a block that lies column by column, block[c][r], with whole windows only. Only where
/// columns_supported(); others transpose and use reuse_rows().
WindowCount reuse_columns(const WindowRule& rule, MatrixView<float> block);
WindowCount reuse_columns(const WindowRule& rule, MatrixView<std::uint16_t> block);
bool columns_supported(const WindowRule& rule);

/// Rows of a window whose comparisons can be kept as marks: a byte for four neighbouring elements, the lower bits
/// saying which of them repeat no earlier one, the upper bits which are zero.
inline constexpr std::int64_t marked_window = 4;
/// Marks beyond the last that may be touched.
inline constexpr std::int64_t marks_slack = 64;
bool marks_supported(const WindowRule& rule);

/// Writes values to `to`, which may be where they are, with repeats among every four neighbours replaced, and marks
/// what was found. A multiple of four values; whole vectors of up to 64 bytes are read and written, and 16 marks beyond
/// the end. Only where marks_supported().
void mark_repeats(const WindowRule& rule, std::span<const float> values, float* to, std::uint8_t* marks);
void mark_repeats(const WindowRule& rule, std::span<const std::uint16_t> values, std::uint16_t* to,
                  std::uint8_t* marks);
/// Marks zeros where nothing is compared.
void mark_zeros(std::span<const float> values, std::uint8_t* marks);
void mark_zeros(std::span<const std::uint16_t> values, std::uint8_t* marks);

/// Counts columns of the compared operand that may share elements: the windows of each begin at marks + entry / 4; the
/// first column begins a lane group. 64 marks beyond a column's last may be read.
WindowCount count_marks(const WindowRule& rule, const std::uint8_t* marks, std::span<const std::int64_t> columns,
                        std::int64_t windows);

/// Zeros of a block, for schemes that compare nothing.
std::uint64_t count_zeros(MatrixView<const float> block);
std::uint64_t count_zeros(MatrixView<const std::uint16_t> block);

}  // namespace acrtc::reuse
