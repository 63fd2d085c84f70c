#include "acrtc/reuse/window.hpp"

#include <algorithm>
#include <bit>

#include "acrtc/base/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/window.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "reuse/window_columns-inl.h"
#include "reuse/window_generic-inl.h"
#include "reuse/window_keys-inl.h"
#include "reuse/window_marks-inl.h"
#include "reuse/window_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <int kRows, class D, class RowAt>
bool WindowsOfHeight(std::int64_t height, D d, const KeyMaker<D>& keys, const WindowRule& rule, RowAt row_at,
                     MatrixView<hn::TFromD<D>> block, WindowCount& count) {
  if (height != kRows) return false;
  if (keys.half_in_float())
    RowsOfProducts<kRows, true>(d, keys, rule, row_at, block, count);
  else
    RowsOfProducts<kRows, false>(d, keys, rule, row_at, block, count);
  return true;
}

/// False where windows are of none of these heights.
template <int... kHeights, class D, class RowAt>
bool WindowsOfHeights(std::int64_t height, D d, const KeyMaker<D>& keys, const WindowRule& rule, RowAt row_at,
                      MatrixView<hn::TFromD<D>> block, WindowCount& count) {
  return (WindowsOfHeight<kHeights>(height, d, keys, rule, row_at, block, count) || ...);
}

/// Row i of the block is read at row_at(i).
template <class T, class RowAt>
WindowCount Rows(const WindowRule& rule, RowAt row_at, MatrixView<T> block) {
  const hn::ScalableTag<T> d;
  const KeyMaker<hn::ScalableTag<T>> keys(rule);
  const bool fast = rule.granularity == Granularity::product;
  WindowCount count;
  const auto windows_of = [&](Range rows, std::int64_t height) {
    const MatrixView<T> part{block.row(rows.begin), rows.size(), block.cols, block.stride};
    const auto part_row_at = [&](std::int64_t r) { return row_at(rows.begin + r); };
    if (fast && WindowsOfHeights<1, 2, 3, 4, 8>(height, d, keys, rule, part_row_at, part, count)) return;
    for (std::int64_t r = 0; r < part.rows; r += height) {
      const MatrixView<T> window{part.row(r), height, part.cols, part.stride};
      for (std::int64_t i = 0; i < height; ++i)
        if (part_row_at(r + i) != window.row(i)) std::copy_n(part_row_at(r + i), window.cols, window.row(i));
      count += keys.half_in_float() ? AnyWindow<true>(d, keys, rule, window) : AnyWindow<false>(d, keys, rule, window);
    }
  };
  const std::int64_t whole = block.rows / rule.window * rule.window;
  if (whole > 0) windows_of({0, whole}, rule.window);
  if (whole < block.rows) windows_of({whole, block.rows}, block.rows - whole);
  return count;
}

template <class T>
WindowCount RowsInPlace(const WindowRule& rule, MatrixView<T> block) {
  return Rows(
      rule, [&](std::int64_t r) { return block.row(r); }, block);
}

template <class T>
WindowCount RowsFrom(const WindowRule& rule, const T* from, std::span<const std::int64_t> rows, MatrixView<T> block) {
  return Rows(
      rule, [&](std::int64_t r) { return from + rows[static_cast<std::size_t>(r)]; }, block);
}

template <class T>
WindowCount Columns(const WindowRule& rule, MatrixView<T> block) {
  const hn::ScalableTag<T> d;
  const KeyMaker<hn::ScalableTag<T>> keys(rule);
  switch (rule.window) {
    case 2:
      return keys.half_in_float() ? ColumnsOfProducts<2, true>(d, keys, rule, block)
                                  : ColumnsOfProducts<2, false>(d, keys, rule, block);
    case 4:
      return keys.half_in_float() ? ColumnsOfProducts<4, true>(d, keys, rule, block)
                                  : ColumnsOfProducts<4, false>(d, keys, rule, block);
    default:
      HWY_ABORT("window %d has no kernel for columns", static_cast<int>(rule.window));
  }
}

template <class T>
std::uint64_t Zeros(MatrixView<const T> block) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::uint64_t zeros = 0;
  for (std::int64_t r = 0; r < block.rows; ++r) {
    std::int64_t c = 0;
    for (; c + lanes <= block.cols; c += lanes) {
      const auto bits = hn::LoadU(d, block.row(r) + c);
      zeros += hn::CountTrue(d, hn::Eq(hn::Add(bits, bits), hn::Zero(d)));
    }
    for (; c < block.cols; ++c) zeros += static_cast<T>(block(r, c) << 1) == 0;
  }
  return zeros;
}

template <class T>
void MarkAll(const WindowRule& rule, std::span<const T> values, T* to, std::uint8_t* marks) {
  const hn::ScalableTag<T> d;
  const KeyMaker<hn::ScalableTag<T>> keys(rule);
  if (keys.half_in_float())
    MarkRepeats<true>(d, keys, values.data(), std::ssize(values), to, marks);
  else
    MarkRepeats<false>(d, keys, values.data(), std::ssize(values), to, marks);
}

void Mark16(const WindowRule& rule, std::span<const std::uint16_t> values, std::uint16_t* to, std::uint8_t* marks) {
  MarkAll(rule, values, to, marks);
}
void Mark32(const WindowRule& rule, std::span<const std::uint32_t> values, std::uint32_t* to, std::uint8_t* marks) {
  MarkAll(rule, values, to, marks);
}
void MarkZeros16(std::span<const std::uint16_t> values, std::uint8_t* marks) {
  MarkZeros(hn::ScalableTag<std::uint16_t>(), values.data(), std::ssize(values), marks);
}
void MarkZeros32(std::span<const std::uint32_t> values, std::uint8_t* marks) {
  MarkZeros(hn::ScalableTag<std::uint32_t>(), values.data(), std::ssize(values), marks);
}

WindowCount Rows16(const WindowRule& rule, MatrixView<std::uint16_t> block) { return RowsInPlace(rule, block); }
WindowCount Rows32(const WindowRule& rule, MatrixView<std::uint32_t> block) { return RowsInPlace(rule, block); }
WindowCount RowsFrom16(const WindowRule& rule, const std::uint16_t* from, std::span<const std::int64_t> rows,
                       MatrixView<std::uint16_t> block) {
  return RowsFrom(rule, from, rows, block);
}
WindowCount RowsFrom32(const WindowRule& rule, const std::uint32_t* from, std::span<const std::int64_t> rows,
                       MatrixView<std::uint32_t> block) {
  return RowsFrom(rule, from, rows, block);
}
WindowCount Columns16(const WindowRule& rule, MatrixView<std::uint16_t> block) { return Columns(rule, block); }
WindowCount Columns32(const WindowRule& rule, MatrixView<std::uint32_t> block) { return Columns(rule, block); }
std::uint64_t Zeros16(MatrixView<const std::uint16_t> block) { return Zeros(block); }
std::uint64_t Zeros32(MatrixView<const std::uint32_t> block) { return Zeros(block); }

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(Rows16);
HWY_EXPORT(Rows32);
HWY_EXPORT(RowsFrom16);
HWY_EXPORT(RowsFrom32);
HWY_EXPORT(Columns16);
HWY_EXPORT(Columns32);
HWY_EXPORT(Zeros16);
HWY_EXPORT(Zeros32);
HWY_EXPORT(Mark16);
HWY_EXPORT(Mark32);
HWY_EXPORT(MarkZeros16);
HWY_EXPORT(MarkZeros32);
HWY_EXPORT(CountMarks);

/// The kernels see FP32 values as bit patterns; they load and store them through vector instructions alone.
MatrixView<std::uint32_t> bits(MatrixView<float> block) {
  return {reinterpret_cast<std::uint32_t*>(block.data), block.rows, block.cols, block.stride};
}

std::span<const std::uint32_t> bits(std::span<const float> values) {
  return {reinterpret_cast<const std::uint32_t*>(values.data()), values.size()};
}

}  // namespace

WindowCount& WindowCount::operator+=(const WindowCount& other) {
  products += other.products;
  sums += other.sums;
  comparisons += other.comparisons;
  zeros += other.zeros;
  reused += other.reused;
  reused_zero += other.reused_zero;
  beats += other.beats;
  return *this;
}

WindowCount reuse_rows(const WindowRule& rule, MatrixView<float> block) {
  return HWY_DYNAMIC_DISPATCH(Rows32)(rule, bits(block));
}

WindowCount reuse_rows(const WindowRule& rule, MatrixView<std::uint16_t> block) {
  require(storage_bits(rule.format) == 16, "16-bit blocks are of a format of 16 bits");
  return HWY_DYNAMIC_DISPATCH(Rows16)(rule, block);
}

WindowCount reuse_rows(const WindowRule& rule, const float* from, std::span<const std::int64_t> rows,
                       MatrixView<float> block) {
  return HWY_DYNAMIC_DISPATCH(RowsFrom32)(rule, reinterpret_cast<const std::uint32_t*>(from), rows, bits(block));
}

WindowCount reuse_rows(const WindowRule& rule, const std::uint16_t* from, std::span<const std::int64_t> rows,
                       MatrixView<std::uint16_t> block) {
  require(storage_bits(rule.format) == 16, "16-bit blocks are of a format of 16 bits");
  return HWY_DYNAMIC_DISPATCH(RowsFrom16)(rule, from, rows, block);
}

bool columns_supported(const WindowRule& rule) {
  return rule.granularity == Granularity::product && (rule.window == 2 || rule.window == 4);
}

WindowCount reuse_columns(const WindowRule& rule, MatrixView<float> block) {
  require(columns_supported(rule) && block.cols % rule.window == 0, "columns are compared in whole windows");
  return HWY_DYNAMIC_DISPATCH(Columns32)(rule, bits(block));
}

WindowCount reuse_columns(const WindowRule& rule, MatrixView<std::uint16_t> block) {
  require(storage_bits(rule.format) == 16, "16-bit blocks are of a format of 16 bits");
  require(columns_supported(rule) && block.cols % rule.window == 0, "columns are compared in whole windows");
  return HWY_DYNAMIC_DISPATCH(Columns16)(rule, block);
}

std::uint64_t count_zeros(MatrixView<const float> block) {
  return HWY_DYNAMIC_DISPATCH(Zeros32)(
      {reinterpret_cast<const std::uint32_t*>(block.data), block.rows, block.cols, block.stride});
}

std::uint64_t count_zeros(MatrixView<const std::uint16_t> block) { return HWY_DYNAMIC_DISPATCH(Zeros16)(block); }

bool marks_supported(const WindowRule& rule) {
  return rule.granularity == Granularity::product && rule.window == marked_window;
}

void mark_repeats(const WindowRule& rule, std::span<const float> values, float* to, std::uint8_t* marks) {
  require(marks_supported(rule), "marks are of windows of four");
  HWY_DYNAMIC_DISPATCH(Mark32)(rule, bits(values), reinterpret_cast<std::uint32_t*>(to), marks);
}

void mark_repeats(const WindowRule& rule, std::span<const std::uint16_t> values, std::uint16_t* to,
                  std::uint8_t* marks) {
  require(marks_supported(rule) && storage_bits(rule.format) == 16, "16-bit marks are of windows of four halves");
  HWY_DYNAMIC_DISPATCH(Mark16)(rule, values, to, marks);
}

void mark_zeros(std::span<const float> values, std::uint8_t* marks) {
  HWY_DYNAMIC_DISPATCH(MarkZeros32)(bits(values), marks);
}

void mark_zeros(std::span<const std::uint16_t> values, std::uint8_t* marks) {
  HWY_DYNAMIC_DISPATCH(MarkZeros16)(values, marks);
}

WindowCount count_marks(const WindowRule& rule, const std::uint8_t* marks, std::span<const std::int64_t> columns,
                        std::int64_t windows) {
  return HWY_DYNAMIC_DISPATCH(CountMarks)(rule, marks, columns, windows);
}

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
