#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/base/tensor.hpp"
#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "acrtc/reuse/window.hpp"

/// What all ways to run a GEMM block by block share.
namespace acrtc::reuse {

/// Lane groups never straddle blocks: their width divides 16.
inline constexpr std::int64_t column_grain = 16;
/// Pieces of the reduction are multiples of this, so that only the last of them has to be padded.
inline constexpr std::int64_t depth_grain = 32;
/// A block of A is at most so large, so that it stays in the second-level cache.
inline constexpr std::int64_t block_bytes = 512 * 1024;

/// Into how many slabs m rows that come column by column are cut: enough to keep threads equally busy, few enough for B
/// to be read for many rows at a time.
inline std::int64_t slabs_of(std::int64_t m) {
  constexpr std::int64_t rows = 256, least = 2, most = 16;
  return std::clamp(m / rows, least, most);
}

template <class T>
inline constexpr dense::Element element_of = sizeof(T) == 2 ? dense::Element::bf16 : dense::Element::f32;

/// [0, size) in pieces of equal length, a multiple of `grain`, at most `longest`.
inline std::vector<Range> cut(std::int64_t size, std::int64_t longest, std::int64_t grain) {
  const std::int64_t pieces = std::max<std::int64_t>(1, ceil_div(size, longest));
  const std::int64_t length = round_up(ceil_div(size, pieces), grain);
  std::vector<Range> ranges;
  for (std::int64_t begin = 0; begin < size; begin += length) ranges.push_back({begin, std::min(size, begin + length)});
  return ranges;
}

/// The reduction in pieces that are multiplied one after the other: by the compared operand alone, so that every way to
/// run a GEMM adds in one order. Pieces are whole runs of columns where these are short enough.
inline std::vector<Range> cut_depth(const Operand& a) {
  const std::int64_t runs = std::lcm(a.column_run(), depth_grain);
  const std::int64_t step = runs <= dense::longest_k ? runs : depth_grain;
  return cut(a.cols(), dense::longest_k / step * step, step);
}

/// What a piece of the reduction is padded to.
template <class T>
std::int64_t padded_depth(Range k) {
  return round_up(k.size(), dense::k_grain(element_of<T>));
}

/// How one GEMM is cut: slabs of rows are the tasks of threads, blocks of rows are multiplied at a time.
struct Cut {
  std::int64_t slab_rows, block_rows;
  std::vector<Range> ks;

  std::int64_t slabs(std::int64_t m) const { return ceil_div(m, slab_rows); }
};

/// Slabs of whole blocks, and blocks of about equal size: multiples of `unit` rows, at most so many.
inline Cut cut_rows(std::int64_t m, std::int64_t unit, std::int64_t most) {
  const std::int64_t slab = round_up(ceil_div(m, slabs_of(m)), unit);
  return {.slab_rows = slab, .block_rows = round_up(ceil_div(slab, ceil_div(slab, most)), unit), .ks = {}};
}

/// The frame of all ways to run a GEMM: slabs on threads, blocks in a slab. `Own` is one thread's memory, with what it
/// has counted; run_block(slab, rows, own) does a block.
template <class Own, class MakeOwn, class RunBlock>
WindowCount run_slabs(const Gemm& gemm, const Cut& how, MakeOwn make_own, RunBlock run_block) {
  const std::int64_t m = gemm.m(), slabs = how.slabs(m);
  std::vector<std::unique_ptr<Own>> owns(static_cast<std::size_t>(gemm.engine.threads()));
  gemm.c.begin(slabs, how.slab_rows);
  parallel_for(gemm.engine.threads(), slabs, [&](std::int64_t slab) {
    auto& own = owns[static_cast<std::size_t>(thread_index())];
    if (!own) own = make_own();
    const std::int64_t end = std::min(m, (slab + 1) * how.slab_rows);
    for (std::int64_t row = slab * how.slab_rows; row < end; row += how.block_rows)
      run_block(slab, Range{row, std::min(end, row + how.block_rows)}, *own);
  });
  gemm.c.end();
  WindowCount count;
  for (const auto& own : owns)
    if (own) count += own->count;
  return count;
}

inline dense::MatmulSpec::Write write_of(Range k) {
  return k.begin == 0 ? dense::MatmulSpec::Write::overwrite : dense::MatmulSpec::Write::accumulate;
}

}  // namespace acrtc::reuse
