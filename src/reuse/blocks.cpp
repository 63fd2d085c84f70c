#include "acrtc/reuse/blocks.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/dense/matmul.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {
namespace {

using dense::Element;
using dense::Matmul;
using dense::MatmulSpec;
using dense::panel_width;

/// Lane groups never straddle blocks: their width divides 16.
constexpr std::int64_t column_grain = 16;
/// A block of A is at most so many elements, so that it stays in the second-level cache.
constexpr std::int64_t block_elements = 128 * 1024;
/// Columns of A that are loaded and transformed at a time: 64 rows of them stay in the first-level cache.
constexpr std::int64_t strip_columns = 128;
constexpr std::int64_t max_slabs = 16;
/// Columns of a block stored row by row. Not a power of two, or rows would compete for the same lines of the cache.
constexpr std::int64_t row_block_columns = 1008;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

template <class T>
constexpr Element element_of = sizeof(T) == 2 ? Element::bf16 : Element::f32;

/// [0, size) in pieces of equal length, a multiple of `grain`, at most `longest`.
std::vector<Range> cut(std::int64_t size, std::int64_t longest, std::int64_t grain) {
  const std::int64_t pieces = std::max<std::int64_t>(1, (size + longest - 1) / longest);
  const std::int64_t length = round_up((size + pieces - 1) / pieces, grain);
  std::vector<Range> ranges;
  for (std::int64_t begin = 0; begin < size; begin += length) ranges.push_back({begin, std::min(size, begin + length)});
  return ranges;
}

/// How one GEMM is cut: slabs of rows are the tasks of threads, blocks of rows are multiplied at a time.
struct Cut {
  std::int64_t slab_rows, block_rows;
  std::vector<Range> ks;

  std::int64_t slabs(std::int64_t m) const { return (m + slab_rows - 1) / slab_rows; }
};

/// Memory that one thread reuses over its blocks.
template <class T>
struct Scratch {
  AlignedBuffer<T> block, strip;
  AlignedBuffer<float> c;
  WindowCount count;
};

/// The frame of both ways to run a GEMM: slabs on threads, blocks in a slab, one thread's memory and sums.
template <class T, class RunBlock>
WindowCount run_slabs(const Gemm& gemm, const Cut& how, RunBlock run_block) {
  const std::int64_t m = gemm.m(), slabs = how.slabs(m);
  std::vector<Scratch<T>> scratch(static_cast<std::size_t>(gemm.engine.threads()));
  gemm.c.begin(slabs, how.slab_rows);
  parallel_for(gemm.engine.threads(), slabs, [&](std::int64_t slab) {
    Scratch<T>& own = scratch[static_cast<std::size_t>(thread_index())];
    const std::int64_t end = std::min(m, (slab + 1) * how.slab_rows);
    for (std::int64_t row = slab * how.slab_rows; row < end; row += how.block_rows)
      run_block(slab, Range{row, std::min(end, row + how.block_rows)}, own);
  });
  gemm.c.end();
  WindowCount count;
  for (const Scratch<T>& own : scratch) count += own.count;
  return count;
}

MatmulSpec::Write write_of(Range k) {
  return k.begin == 0 ? MatmulSpec::Write::overwrite : MatmulSpec::Write::accumulate;
}

/// A comes column by column (im2col of images): the transposed problem C^T = B^T * A^T takes blocks of A^T as they are.
template <class T>
class ByColumns {
 public:
  ByColumns(const Gemm& gemm, const BlockTransform& transform) : gemm_(gemm), transform_(transform) {
    how_.ks = cut(gemm.k(), 2048, column_grain);
    const std::int64_t k = how_.ks.front().size();
    how_.block_rows = std::clamp(block_elements / k / panel_width * panel_width, panel_width, 16 * panel_width);
    how_.block_rows = std::min(how_.block_rows, round_up(gemm.m(), panel_width));
    how_.slab_rows = round_up(std::max((gemm.m() + max_slabs - 1) / max_slabs, panel_width), how_.block_rows);
    load_b();
  }

  WindowCount run() {
    return run_slabs<T>(gemm_, how_,
                        [this](std::int64_t slab, Range rows, Scratch<T>& own) { block(slab, rows, own); });
  }

 private:
  /// B^T [n x k] of each block of k, one after the other, row-major: oneDNN's fast kernels take no row stride.
  void load_b() {
    b_.reserve(static_cast<std::size_t>(gemm_.n() * gemm_.k()));
    parallel_ranges(gemm_.engine.threads(), gemm_.n(), panel_width, [&](std::int64_t begin, std::int64_t end) {
      for (const Range k : how_.ks) {
        T* to = b_block(k) + begin * k.size();
        load_transposed<T>(gemm_.b, k, {begin, end}, {to, end - begin, k.size(), k.size()});
      }
    });
  }

  T* b_block(Range k) { return b_.data() + k.begin * gemm_.n(); }

  void block(std::int64_t slab, Range rows, Scratch<T>& own) {
    const std::int64_t n = gemm_.n(), width = rows.size();
    own.c.reserve(static_cast<std::size_t>(n * how_.block_rows));
    for (const Range k : how_.ks) {
      const std::int64_t panel = dense::panel_size(k.size(), element_of<T>);
      own.block.reserve(static_cast<std::size_t>(round_up(how_.block_rows, panel_width) / panel_width * panel));
      for (std::int64_t begin = rows.begin, p = 0; begin < rows.end; begin += panel_width, ++p)
        fill_panel({begin, std::min(rows.end, begin + panel_width)}, k, own.block.data() + p * panel, own);
      const MatmulSpec spec{n, width, k.size(), k.size(), width, element_of<T>, write_of(k)};
      Matmul::get(spec, gemm_.engine).run(thread_index(), b_block(k), own.block.data(), own.c.data());
    }
    gemm_.c.store(slab, rows, Major::columns, {own.c.data(), n, width, width});
  }

  /// One panel of A^T. An FP32 panel is made where it stays; bf16 rows are interleaved from a strip.
  void fill_panel(Range rows, Range k, T* panel, Scratch<T>& own) {
    for (std::int64_t begin = k.begin; begin < k.end; begin += strip_columns) {
      const Range strip{begin, std::min(k.end, begin + strip_columns)};
      T* to = panel + (begin - k.begin) * panel_width;
      if constexpr (sizeof(T) == sizeof(float)) {
        load({to, strip.size(), rows.size(), panel_width}, rows, strip, own);
      } else {
        own.strip.reserve(static_cast<std::size_t>(strip_columns * panel_width));
        const MatrixView<T> view{own.strip.data(), strip.size(), rows.size(), panel_width};
        load(view, rows, strip, own);
        interleave({view.data, view.rows, view.cols, view.stride}, to);
      }
    }
  }

  /// Loads and transforms; a last window that is not whole takes the way by rows.
  void load(MatrixView<T> out, Range rows, Range cols, Scratch<T>& own) {
    gemm_.a.load(rows, cols, out);
    const std::int64_t rest = rows.size() % transform_.window(), whole = rows.size() - rest;
    own.count += transform_.columns(MatrixView<T>{out.data, out.rows, whole, out.stride});
    if (rest == 0) return;
    AlignedBuffer<T> flipped(static_cast<std::size_t>(rest * out.rows));
    const MatrixView<T> last{out.data + whole, out.rows, rest, out.stride};
    const MatrixView<T> by_rows{flipped.data(), rest, out.rows, out.rows};
    transpose(MatrixView<const T>{last.data, last.rows, last.cols, last.stride}, by_rows);
    own.count += transform_.rows(by_rows);
    transpose(MatrixView<const T>{by_rows.data, by_rows.rows, by_rows.cols, by_rows.stride}, last);
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  Cut how_;
  AlignedBuffer<T> b_;
};

/// A comes row by row, or its windows ask for it: C = A * B with B in panels.
template <class T>
class ByRows {
 public:
  ByRows(const Gemm& gemm, const BlockTransform& transform) : gemm_(gemm), transform_(transform) {
    how_.ks = cut(gemm.k(), row_block_columns, column_grain);
    const std::int64_t grain = std::lcm(transform.window(), column_grain);
    const std::int64_t wanted = gemm.m() >= 256 ? 64 : gemm.m() >= 64 ? 32 : 16;
    how_.block_rows = how_.slab_rows = round_up(wanted, grain);
    if (gemm.b.compact()) pack_b();
  }

  WindowCount run() {
    return run_slabs<T>(gemm_, how_,
                        [this](std::int64_t slab, Range rows, Scratch<T>& own) { block(slab, rows, own); });
  }

 private:
  std::int64_t packed_size(Range k) const { return dense::packed_size(k.size(), gemm_.n(), element_of<T>); }

  void pack(Range k, T* to) {
    for (std::int64_t n = 0; n < gemm_.n(); n += panel_width, to += dense::panel_size(k.size(), element_of<T>))
      pack_panel(gemm_.b, k, {n, std::min(gemm_.n(), n + panel_width)}, to);
  }

  /// All of B, once, for a B that is no larger than the tensor it comes from.
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

  void block(std::int64_t slab, Range rows, Scratch<T>& own) {
    const std::int64_t n = gemm_.n();
    own.c.reserve(static_cast<std::size_t>(how_.block_rows * n));
    for (std::size_t i = 0; i < how_.ks.size(); ++i) {
      const Range k = how_.ks[i];
      own.block.reserve(static_cast<std::size_t>(how_.block_rows * k.size()));
      const MatrixView<T> a{own.block.data(), rows.size(), k.size(), k.size()};
      load(a, rows, k, own);
      const MatmulSpec spec{rows.size(), n, k.size(), a.stride, n, element_of<T>, write_of(k)};
      Matmul::get(spec, gemm_.engine).run(thread_index(), a.data, b_block(i, own), own.c.data());
    }
    gemm_.c.store(slab, rows, Major::rows, {own.c.data(), rows.size(), n, n});
  }

  const T* b_block(std::size_t i, Scratch<T>& own) {
    if (!b_at_.empty()) return b_.data() + b_at_[i];
    own.strip.reserve(static_cast<std::size_t>(packed_size(how_.ks[i])));
    pack(how_.ks[i], own.strip.data());
    return own.strip.data();
  }

  void load(MatrixView<T> out, Range rows, Range cols, Scratch<T>& own) {
    if (gemm_.a.major() == Major::rows) {
      gemm_.a.load(rows, cols, out);
    } else {
      AlignedBuffer<T> flipped(static_cast<std::size_t>(out.rows * out.cols));
      const MatrixView<T> by_columns{flipped.data(), out.cols, out.rows, out.rows};
      gemm_.a.load(rows, cols, by_columns);
      transpose(MatrixView<const T>{by_columns.data, by_columns.rows, by_columns.cols, by_columns.stride}, out);
    }
    own.count += transform_.rows(out);
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  Cut how_;
  AlignedBuffer<T> b_;
  std::vector<std::int64_t> b_at_;
};

template <class T>
WindowCount run(const Gemm& gemm, const BlockTransform& transform) {
  if (gemm.a.major() == Major::columns && transform.columns_supported()) return ByColumns<T>(gemm, transform).run();
  return ByRows<T>(gemm, transform).run();
}

}  // namespace

WindowCount BlockTransform::columns(MatrixView<float>) const {
  throw InternalError("this transform takes blocks row by row");
}

WindowCount BlockTransform::columns(MatrixView<std::uint16_t>) const {
  throw InternalError("this transform takes blocks row by row");
}

WindowCount run_blocks(const Gemm& gemm, const BlockTransform& transform) {
  require(gemm.a.cols() == gemm.b.rows(), "the inner sizes of a GEMM differ");
  return loads_bf16(gemm.format) ? run<std::uint16_t>(gemm, transform) : run<float>(gemm, transform);
}

bool loads_bf16(Format format) { return format == Format::bf16 && dense::Engine::has_bf16(); }

void Result::begin(std::int64_t, std::int64_t) {}
void Result::end() {}

}  // namespace acrtc::reuse
