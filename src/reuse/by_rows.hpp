#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "reuse/panels.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// A comes row by row, or its windows ask for it: C = A * B with B in panels. `Rows` loads, transforms and counts
/// blocks of A: load(rows, columns, out).
template <class T, class M, class Rows>
class ByRows {
 public:
  ByRows(const Gemm& gemm, const BlockTransform& transform, std::int64_t block_rows)
      : gemm_(gemm), transform_(transform), panel_(dense::narrow_panel(gemm.n())) {
    how_.ks = cut_depth(gemm.a);
    how_.block_rows = how_.slab_rows = block_rows;
    if (gemm.b.compact() && packing_once_pays()) pack_b();
  }

  WindowCount run() {
    return run_slabs<Own>(
        gemm_, how_, [this] { return std::make_unique<Own>(gemm_, transform_); },
        [this](std::int64_t slab, Range rows, Own& own) { block(slab, rows, own); });
  }

 private:
  /// For few slabs packing B again is cheaper than writing all of it to memory and reading it for each, unless threads
  /// that have no slab could help.
  bool packing_once_pays() const {
    constexpr std::int64_t few_slabs = 2;
    const std::int64_t slabs = how_.slabs(gemm_.m());
    return slabs > few_slabs || slabs < gemm_.engine.threads();
  }

  struct Own {
    Own(const Gemm& gemm, const BlockTransform& transform) : source(gemm, transform) {}

    Rows source;
    AlignedBuffer<T> stored;  ///< A where it is not multiplied as it is stored
    AlignedBuffer<M> a, b;
    AlignedBuffer<float> c;
    WindowCount count;
  };

  std::int64_t packed_size(Range k) const {
    return dense::packed_size(padded_depth<M>(k), gemm_.n(), element_of<M>, panel_);
  }

  void pack(Range k, M* to) { pack_panels<T>(gemm_.b, k, {0, gemm_.n()}, padded_depth<M>(k), panel_, to); }

  /// All of B, once.
  void pack_b() {
    std::int64_t size = 0;
    for (const Range k : how_.ks) {
      b_at_.push_back(size);
      size += packed_size(k);
    }
    b_.reserve(static_cast<std::size_t>(size));
    parallel_for(gemm_.engine.threads(), static_cast<std::int64_t>(how_.ks.size()), [&](std::int64_t i) {
      pack(how_.ks[static_cast<std::size_t>(i)], b_.data() + b_at_[static_cast<std::size_t>(i)]);
    });
  }

  void block(std::int64_t slab, Range rows, Own& own) {
    const std::int64_t n = gemm_.n();
    own.c.reserve(static_cast<std::size_t>(how_.block_rows * n));
    for (std::size_t i = 0; i < how_.ks.size(); ++i) {
      const Range k = how_.ks[i];
      const std::int64_t depth = padded_depth<M>(k);
      own.a.reserve(static_cast<std::size_t>(how_.block_rows * depth));
      const MatrixView<M> a{own.a.data(), rows.size(), k.size(), depth};
      load_as_multiplied(own.stored, a, [&](MatrixView<T> block) { own.count += own.source.load(rows, k, block); });
      pad_rows(a);
      const dense::MatmulSpec spec{rows.size(), n, depth, element_of<M>, write_of(k), panel_};
      dense::Matmul::get(spec, gemm_.engine).run(thread_index(), a.data, b_block(i, own), own.c.data());
    }
    gemm_.c.store(slab, rows, {0, n}, Major::rows, {own.c.data(), rows.size(), n, n});
  }

  const M* b_block(std::size_t i, Own& own) {
    if (!b_at_.empty()) return b_.data() + b_at_[i];
    own.b.reserve(static_cast<std::size_t>(packed_size(how_.ks[i])));
    pack(how_.ks[i], own.b.data());
    return own.b.data();
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  std::int64_t panel_;  ///< width of B's
  Cut how_;
  AlignedBuffer<M> b_;
  std::vector<std::int64_t> b_at_;
};

}  // namespace acrtc::reuse
