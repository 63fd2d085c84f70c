#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "acrtc/base/parallel.hpp"
#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "reuse/loaded_rows.hpp"
#include "reuse/panels.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// A has few rows, as in fully connected layers: all of it is kept, transformed, and B's panels are the tasks of
/// threads, each packed where it is multiplied at once. So a B far larger than any cache is read once and written
/// nowhere.
template <class T, class M>
class ByPanels {
 public:
  static bool fit(const Gemm& gemm) {
    constexpr std::int64_t few_rows = 128, least_columns = 4 * dense::panel_width;
    return gemm.m() <= few_rows && gemm.n() >= least_columns && gemm.a.major() == Major::rows &&
           !gemm.a.im2col_transposed() && gemm.c.takes_some_columns();
  }

  ByPanels(const Gemm& gemm, const BlockTransform& transform)
      : gemm_(gemm), transform_(transform), ks_(cut_depth(gemm.a)) {}

  WindowCount run() {
    const WindowCount count = load_a();
    const std::int64_t longest = dense::panel_size(padded_depth<M>(ks_.front()), element_of<M>);
    const std::int64_t panels = std::max<std::int64_t>(1, block_bytes / std::int64_t{sizeof(M)} / longest);
    std::vector<Own> owns(static_cast<std::size_t>(gemm_.engine.threads()));
    gemm_.c.begin(1, gemm_.m());
    parallel_ranges(gemm_.engine.threads(), gemm_.n(), panels * dense::panel_width,
                    [&](std::int64_t begin, std::int64_t end) {
                      multiply({begin, end}, owns[static_cast<std::size_t>(thread_index())]);
                    });
    gemm_.c.end();
    return count;
  }

 private:
  struct Own {
    AlignedBuffer<M> b;
    AlignedBuffer<float> c;
  };

  /// A', one piece of the reduction after the other.
  WindowCount load_a() {
    const Range last = ks_.back();
    a_.reserve(static_cast<std::size_t>(gemm_.m() * (last.begin + padded_depth<M>(last))));
    std::vector<WindowCount> counts(ks_.size());
    parallel_for(gemm_.engine.threads(), std::ssize(ks_), [&](std::int64_t i) {
      const Range k = ks_[static_cast<std::size_t>(i)];
      LoadedRows<T> rows(gemm_, transform_);
      AlignedBuffer<T> stored;
      const MatrixView<M> to{a_block(k), gemm_.m(), k.size(), padded_depth<M>(k)};
      load_as_multiplied(stored, to, [&](MatrixView<T> block) {
        counts[static_cast<std::size_t>(i)] = rows.load({0, gemm_.m()}, k, block);
      });
      pad_rows(to);
    });
    WindowCount sum;
    for (const WindowCount& count : counts) sum += count;
    return sum;
  }

  M* a_block(Range k) { return a_.data() + k.begin * gemm_.m(); }

  void multiply(Range cols, Own& own) {
    own.c.reserve(static_cast<std::size_t>(gemm_.m() * cols.size()));
    for (const Range k : ks_) {
      const std::int64_t depth = padded_depth<M>(k);
      own.b.reserve(static_cast<std::size_t>(dense::packed_size(depth, cols.size(), element_of<M>)));
      pack_panels<T>(gemm_.b, k, cols, depth, dense::panel_width, own.b.data());
      const dense::MatmulSpec spec{gemm_.m(), cols.size(), depth, element_of<M>, write_of(k)};
      dense::Matmul::get(spec, gemm_.engine).run(thread_index(), a_block(k), own.b.data(), own.c.data());
    }
    gemm_.c.store(0, {0, gemm_.m()}, cols, Major::rows, {own.c.data(), gemm_.m(), cols.size(), cols.size()});
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  std::vector<Range> ks_;
  AlignedBuffer<M> a_;
};

}  // namespace acrtc::reuse
