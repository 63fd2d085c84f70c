#include "reuse/panels.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "acrtc/base/integer.hpp"
#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/im2col.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reuse/panels.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
// A header for each target follows the one that goes through them.
#include "acrtc/reuse/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace acrtc::reuse::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// hwy::float16_t marks fp16 halves.
HWY_INLINE hn::Vec<hn::ScalableTag<float>> LoadHalves(const std::uint16_t* from) {
  return Load(reinterpret_cast<const hwy::float16_t*>(from));
}

void WidenRow(const std::uint16_t* from, std::int64_t length, float* to) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= length; i += lanes) hn::StoreU(LoadHalves(from + i), d, to + i);
  if (i == length) return;
  HWY_ALIGN std::uint16_t last[hn::MaxLanes(d)] = {};
  HWY_ALIGN float values[hn::MaxLanes(d)];
  std::copy_n(from + i, length - i, last);
  hn::Store(LoadHalves(last), d, values);
  std::copy_n(values, length - i, to + i);
}

void WidenRows(MatrixView<const std::uint16_t> from, MatrixView<float> to) {
  for (std::int64_t r = 0; r < from.rows; ++r) WidenRow(from.row(r), from.cols, to.row(r));
}

void GatherHalves(const std::uint16_t* from, std::span<const std::int64_t> rows, std::int64_t length, float* to) {
  for (const std::int64_t row : rows) {
    WidenRow(from + row, length, to);
    to += dense::panel_width;
  }
}

void Interleave(MatrixView<const std::uint16_t> rows, std::int64_t width, std::uint16_t* panel) {
  const hn::CappedTag<std::uint16_t, 64> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr std::int64_t ahead = 16, line = 32;  // rows of a large matrix lie in pages of their own
  for (std::int64_t k = 0; k < rows.rows; k += 2, panel += 2 * width) {
    for (std::int64_t r = k + ahead; r < std::min(k + ahead + 2, rows.rows); ++r)
      for (std::int64_t c = 0; c < rows.cols; c += line) hwy::Prefetch(rows.row(r) + c);
    const std::uint16_t* even = rows.row(k);
    const std::uint16_t* odd = k + 1 < rows.rows ? rows.row(k + 1) : nullptr;
    std::int64_t c = 0;
    for (; c + lanes <= rows.cols; c += lanes)
      hn::StoreInterleaved2(hn::LoadU(d, even + c), odd ? hn::LoadU(d, odd + c) : hn::Zero(d), d, panel + 2 * c);
    for (; c < rows.cols; ++c) {
      panel[2 * c] = even[c];
      panel[2 * c + 1] = odd ? odd[c] : std::uint16_t{0};
    }
  }
}

/// Two rows into one interleaved row.
HWY_INLINE void InterleaveTwo(const std::uint16_t* even, const std::uint16_t* odd, std::int64_t length,
                              std::uint16_t* to) {
  const hn::CappedTag<std::uint16_t, 64> d;
  const hn::CappedTag<std::uint16_t, 8> few;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d)), few_lanes = static_cast<std::int64_t>(hn::Lanes(few));
  std::int64_t i = 0;
  for (; i + lanes <= length; i += lanes)
    hn::StoreInterleaved2(hn::LoadU(d, even + i), hn::LoadU(d, odd + i), d, to + 2 * i);
  for (; i + few_lanes <= length; i += few_lanes)
    hn::StoreInterleaved2(hn::LoadU(few, even + i), hn::LoadU(few, odd + i), few, to + 2 * i);
  for (; i < length; ++i) {
    to[2 * i] = even[i];
    to[2 * i + 1] = odd[i];
  }
}

void Gather16(const std::uint16_t* from, std::span<const std::int64_t> rows, std::int64_t length, std::uint16_t* to) {
  HWY_ALIGN static constexpr std::uint16_t zeros[dense::panel_width] = {};
  const std::int64_t count = std::ssize(rows);
  for (std::int64_t k = 0; k < count; k += 2, to += 2 * dense::panel_width)
    InterleaveTwo(from + rows[k], k + 1 < count ? from + rows[k + 1] : zeros, length, to);
}

void Gather32(const float* from, std::span<const std::int64_t> rows, std::int64_t length, float* to) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (const std::int64_t row : rows) {
    const float* values = from + row;
    std::int64_t i = 0;
    for (; i + lanes <= length; i += lanes) hn::StoreU(hn::LoadU(d, values + i), d, to + i);
    for (; i < length; ++i) to[i] = values[i];
    to += dense::panel_width;
  }
}

}  // namespace acrtc::reuse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acrtc::reuse {
namespace {

HWY_EXPORT(Gather16);
HWY_EXPORT(Gather32);
HWY_EXPORT(GatherHalves);
HWY_EXPORT(Interleave);
HWY_EXPORT(WidenRows);

/// Columns of k, block[c][k], become rows of a panel: units of one or two k are transposed.
template <class T>
void transpose_units(MatrixView<const T> block, std::int64_t width, T* panel) {
  const MatrixView<const std::uint32_t> from = units(block);
  transpose(from, {reinterpret_cast<std::uint32_t*>(panel), from.cols, from.rows, width});
}

/// Columns of k as GEMMs multiply them, as rows of a panel.
template <class T, class M>
void turn_into_panel(MatrixView<const T> block, std::int64_t width, M* panel) {
  if constexpr (sizeof(T) == sizeof(M)) {
    transpose_units(block, width, panel);
  } else {
    AlignedBuffer<float> wide(static_cast<std::size_t>(block.rows * block.cols));
    widen(block, {wide.data(), block.rows, block.cols, block.cols});
    transpose_units<float>({wide.data(), block.rows, block.cols, block.cols}, width, panel);
  }
}

/// Straight from the images, where no unit lies in two of them. False elsewhere.
template <class T, class M>
bool panel_from_images(const Im2col& images, Range ks, Range cols, std::int64_t width, M* panel) {
  const ConvGeometry& g = images.geometry();
  const std::int64_t image = g.input.height * g.input.width;
  if (!g.is_pointwise() || image % per_unit<M> != 0 || ks.begin % per_unit<M> != 0 || ks.end % per_unit<M> != 0)
    return false;
  for (std::int64_t k = ks.begin; k < ks.end;) {
    const std::int64_t sample = k / image, pixel = k % image, length = std::min(image - pixel, ks.end - k);
    const T* from = images.x<T>() + g.plane(sample, cols.begin) + pixel;
    turn_into_panel<T, M>({from, cols.size(), length, image}, width, panel + (k - ks.begin) * width);
    k += length;
  }
  return true;
}

/// Straight from the rows of a matrix whose transpose is packed, where units begin where they do in memory. False
/// elsewhere.
template <class T, class M>
bool panel_from_rows(const StoredMatrix& matrix, Range ks, Range cols, std::int64_t width, M* panel) {
  const MatrixView<const T> rows = matrix.block<T>(cols, ks);
  const bool aligned = reinterpret_cast<std::uintptr_t>(rows.data) % 4 == 0;
  if (!aligned || rows.stride % per_unit<M> != 0 || rows.cols % per_unit<M> != 0) return false;
  turn_into_panel<T>(rows, width, panel);
  return true;
}

template <class T, class M>
void panel_from_columns(const Operand& operand, Range ks, Range cols, std::int64_t width, M* panel) {
  if (const Im2col* images = operand.im2col(); images && panel_from_images<T>(*images, ks, cols, width, panel)) return;
  if (const StoredMatrix* rows = operand.stored_transposed(); rows && panel_from_rows<T>(*rows, ks, cols, width, panel))
    return;
  const std::int64_t k = ks.size(), stride = round_up(k, per_unit<M>);
  AlignedBuffer<T> block(static_cast<std::size_t>(stride * cols.size()));
  if (stride != k)
    for (std::int64_t c = 0; c < cols.size(); ++c) block.data()[c * stride + k] = T{0};  // the odd row's partner
  operand.load(ks, cols, MatrixView<T>{block.data(), cols.size(), k, stride});
  turn_into_panel<T, M>({block.data(), cols.size(), stride, stride}, width, panel);
}

}  // namespace

void widen(MatrixView<const std::uint16_t> fp16, MatrixView<float> to) { HWY_DYNAMIC_DISPATCH(WidenRows)(fp16, to); }

void fill_panel(MatrixView<const std::uint16_t> bf16, std::int64_t width, std::uint16_t* panel) {
  HWY_DYNAMIC_DISPATCH(Interleave)(bf16, width, panel);
}

void fill_panel(MatrixView<const std::uint16_t> fp16, std::int64_t width, float* panel) {
  widen(fp16, {panel, fp16.rows, fp16.cols, width});
}

void gather_panel(const std::uint16_t* from, std::span<const std::int64_t> rows, std::int64_t length, std::int64_t at,
                  std::uint16_t* panel) {
  HWY_DYNAMIC_DISPATCH(Gather16)(from, rows, length, panel + 2 * at);
}

void gather_panel(const float* from, std::span<const std::int64_t> rows, std::int64_t length, std::int64_t at,
                  float* panel) {
  HWY_DYNAMIC_DISPATCH(Gather32)(from, rows, length, panel + at);
}

void gather_panel(const std::uint16_t* fp16, std::span<const std::int64_t> rows, std::int64_t length, std::int64_t at,
                  float* panel) {
  HWY_DYNAMIC_DISPATCH(GatherHalves)(fp16, rows, length, panel + at);
}

template <class T, class M>
void pack_panel(const Operand& operand, Range ks, Range cols, std::int64_t width, M* panel) {
  if (operand.major() == Major::columns) return panel_from_columns<T>(operand, ks, cols, width, panel);
  if constexpr (sizeof(T) == sizeof(float)) {
    operand.load(ks, cols, MatrixView<float>{panel, ks.size(), cols.size(), width});
  } else if (const StoredMatrix* matrix = operand.stored()) {
    fill_panel(matrix->block<T>(ks, cols), width, panel);
  } else {
    AlignedBuffer<T> block(static_cast<std::size_t>(ks.size() * width));
    const MatrixView<T> rows{block.data(), ks.size(), cols.size(), width};
    operand.load(ks, cols, rows);
    fill_panel(rows, width, panel);
  }
}

template void pack_panel<float>(const Operand&, Range, Range, std::int64_t, float*);
template void pack_panel<std::uint16_t>(const Operand&, Range, Range, std::int64_t, std::uint16_t*);
template void pack_panel<std::uint16_t>(const Operand&, Range, Range, std::int64_t, float*);

template <class T>
void load_transposed(const Operand& operand, Range rows, Range cols, MatrixView<T> out) {
  if (operand.major() == Major::columns) return operand.load(rows, cols, out);
  AlignedBuffer<T> block(static_cast<std::size_t>(rows.size() * cols.size()));
  operand.load(rows, cols, MatrixView<T>{block.data(), rows.size(), cols.size(), cols.size()});
  transpose(MatrixView<const T>{block.data(), rows.size(), cols.size(), cols.size()}, out);
}

template void load_transposed(const Operand&, Range, Range, MatrixView<float>);
template void load_transposed(const Operand&, Range, Range, MatrixView<std::uint16_t>);

}  // namespace acrtc::reuse
#endif  // HWY_ONCE
