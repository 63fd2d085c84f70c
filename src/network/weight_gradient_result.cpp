#include "weight_gradient_result.hpp"

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>

#include "acrtc/reuse/transpose.hpp"

namespace acrtc::network {
namespace {

constexpr std::int64_t line = 16;  ///< floats of a cache's line

/// Copies past the caches, as what is larger than they are is not read before it has left them.
void stream(std::span<const float> from, float* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::FixedTag<float, 4> d;
  const std::size_t whole = from.size() & ~std::size_t{3};
  for (std::size_t i = 0; i < whole; i += 4) hn::Stream(hn::LoadU(d, from.data() + i), d, to + i);
  std::copy(from.begin() + whole, from.end(), to + whole);
}

/// A gradient that the last-level cache would not keep, whose rows begin and end with whole lines.
bool worth_streaming(MatrixView<float> dw) {
  constexpr std::int64_t large = 4 << 20;  // floats
  return dw.rows * dw.cols >= large && dw.stride % line == 0 &&
         reinterpret_cast<std::uintptr_t>(dw.data) % (line * sizeof(float)) == 0;
}

}  // namespace

WeightGradientResult::WeightGradientResult(MatrixView<float> dw, std::span<const std::int64_t> column_order,
                                           WeightGradientOperand compared)
    : dw_(dw), column_order_(column_order), compared_(compared), streams_(worth_streaming(dw)) {}

void WeightGradientResult::store(std::int64_t, Range rows, Range cols, reuse::Major major, MatrixView<const float> c) {
  const bool rows_are_outputs = compared_ == WeightGradientOperand::dy;
  const Range outputs = rows_are_outputs ? rows : cols, columns = rows_are_outputs ? cols : rows;
  if (rows_are_outputs == (major == reuse::Major::rows))
    put(outputs, columns, c);
  else
    put_transposed(outputs, columns, c);
}

void WeightGradientResult::put(Range outputs, Range columns, MatrixView<const float> block) {
  const bool streams = streams_ && columns.begin % line == 0;
  for (std::int64_t o = outputs.begin; o < outputs.end; ++o) {
    const float* from = block.row(o - outputs.begin);
    float* to = dw_.row(o);
    if (!column_order_.empty())
      for (const std::int64_t column : column_order_.subspan(columns.begin, columns.size())) to[column] = *from++;
    else if (streams)
      stream({from, static_cast<std::size_t>(columns.size())}, to + columns.begin);
    else
      std::copy_n(from, columns.size(), to + columns.begin);
  }
  if (streams) hwy::FlushStream();
}

/// By tiles that the first-level cache holds: rows of dW often lie a multiple of 4096 bytes apart, where it has room
/// for few of them, so that tiles are turned beside it and taken by whole lines.
void WeightGradientResult::put_transposed(Range outputs, Range columns, MatrixView<const float> block) {
  constexpr std::int64_t tile = 64;
  alignas(64) float turned[tile * tile];
  for (std::int64_t k = columns.begin; k < columns.end; k += tile)
    for (std::int64_t o = outputs.begin; o < outputs.end; o += tile) {
      const Range ks{k, std::min(k + tile, columns.end)}, os{o, std::min(o + tile, outputs.end)};
      const float* first = block.row(k - columns.begin) + (o - outputs.begin);
      const MatrixView<float> to{turned, os.size(), ks.size(), tile};
      reuse::transpose({first, ks.size(), os.size(), block.stride}, to);
      put(os, ks, to);
    }
}

}  // namespace acrtc::network
