#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "reuse/panels.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// A comes column by column (im2col of images): the transposed problem C^T = B^T * A^T takes panels of A^T. `Panels`
/// loads, transforms and counts them: begin(rows) before a block, then fill() for each panel of it.
template <class T, class M, class Panels>
class ByColumns {
 public:
  /// Blocks are multiples of `grain` rows, but for a slab's last; of `sample` rows where as many fit.
  ByColumns(const Gemm& gemm, const BlockTransform& transform, std::int64_t grain, std::int64_t sample = 1)
      : gemm_(gemm), transform_(transform) {
    const std::vector<Range> ks = cut_depth(gemm.a);
    how_ = cut_blocks(grain, sample, ks.front().size());
    how_.ks = ks;
    cut_columns();
    load_b();
  }

  WindowCount run() {
    return run_slabs<Own>(
        gemm_, how_, [this] { return std::make_unique<Own>(gemm_, transform_); },
        [this](std::int64_t slab, Range rows, Own& own) { block(slab, rows, own); });
  }

 private:
  struct Own {
    Own(const Gemm& gemm, const BlockTransform& transform) : panels(gemm, transform, count) {}

    WindowCount count;
    Panels panels;
    AlignedBuffer<M> block;
    AlignedBuffer<float> c;
  };

  /// Blocks that stay in the second-level cache.
  Cut cut_blocks(std::int64_t grain, std::int64_t sample, std::int64_t depth) const {
    const std::int64_t wanted =
        std::clamp(block_bytes / std::int64_t{sizeof(M)} / depth, dense::panel_width, 16 * dense::panel_width);
    const std::int64_t whole_panels = std::lcm(grain, dense::panel_width);
    const bool whole_samples = sample <= wanted && sample % whole_panels == 0;
    const std::int64_t unit = whole_samples ? sample : whole_panels <= wanted ? whole_panels : grain;
    return cut_rows(gemm_.m(), unit, std::max<std::int64_t>(wanted / unit, 1) * unit);
  }

  /// Columns of C are multiplied and stored as many at a time as keep C in the second-level cache, where nothing is
  /// added to them later.
  void cut_columns() {
    const std::int64_t n = gemm_.n();
    const std::int64_t kept = block_bytes / 2 / std::int64_t{sizeof(float)} / how_.block_rows;
    const bool once = how_.ks.size() == 1 && gemm_.c.takes_some_columns();
    cuts_ = cut(n, once ? std::max(kept, dense::panel_width) : n, dense::panel_width);
  }

  /// B^T [n x k] of each block of k, one after the other, row-major: oneDNN's fast kernels take no row stride.
  void load_b() {
    const Range last = how_.ks.back();
    b_.reserve(static_cast<std::size_t>(gemm_.n() * (last.begin + padded_depth<M>(last))));
    parallel_ranges(gemm_.engine.threads(), gemm_.n(), dense::panel_width, [&](std::int64_t begin, std::int64_t end) {
      AlignedBuffer<T> stored;
      for (const Range k : how_.ks) {
        const std::int64_t depth = padded_depth<M>(k);
        const MatrixView<M> to{b_block(k) + begin * depth, end - begin, k.size(), depth};
        load_as_multiplied(stored, to, [&](MatrixView<T> block) {
          load_transposed<T>(gemm_.b, k, {begin, end}, block);
        });
        pad_rows(to);
      }
    });
  }

  M* b_block(Range k) { return b_.data() + k.begin * gemm_.n(); }

  void block(std::int64_t slab, Range rows, Own& own) {
    const std::int64_t width = rows.size();
    own.c.reserve(static_cast<std::size_t>(cuts_.front().size() * how_.block_rows));
    own.panels.begin(rows);
    for (const Range k : how_.ks) {
      const std::int64_t depth = padded_depth<M>(k), panel = dense::panel_size(depth, element_of<M>);
      own.block.reserve(
          static_cast<std::size_t>(round_up(how_.block_rows, dense::panel_width) / dense::panel_width * panel));
      M* to = own.block.data();
      for (std::int64_t begin = rows.begin; begin < rows.end; begin += dense::panel_width, to += panel) {
        own.panels.fill({begin, std::min(rows.end, begin + dense::panel_width)}, k, to);
        pad_panel(k.size(), depth, dense::panel_width, to);
      }
      for (const Range cols : cuts_) {
        const dense::MatmulSpec spec{cols.size(), width, depth, element_of<M>, write_of(k)};
        dense::Matmul::get(spec, gemm_.engine)
            .run(thread_index(), b_block(k) + cols.begin * depth, own.block.data(), own.c.data());
        if (k.end == gemm_.k())
          gemm_.c.store(slab, rows, cols, Major::columns, {own.c.data(), cols.size(), width, width});
      }
    }
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  Cut how_;
  std::vector<Range> cuts_;  ///< of columns of C
  AlignedBuffer<M> b_;
};

}  // namespace acrtc::reuse
