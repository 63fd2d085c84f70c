#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "acrtc/base/integer.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "reuse/marked_planes.hpp"
#include "reuse/panels.hpp"
#include "reuse/plane_product.hpp"
#include "reuse/slabs.hpp"

namespace acrtc::reuse {

/// A is an im2col matrix whose columns share planes: these are loaded, transformed and counted, and multiplied where
/// they lie, fp16 widened. Nothing as large as im2col exists, not even for a block.
template <class T, class M>
class ByPlanes {
 public:
  static bool fit(const Gemm& gemm, const BlockTransform& transform) {
    const Im2col* image = gemm.a.im2col();
    return image && can_multiply_planes(element_of<M>) && MarkedPlanes<T>::fit(*image, transform) &&
           image->geometry().output_pixels() % lanes == 0 && gemm.c.takes_some_columns();
  }

  ByPlanes(const Gemm& gemm, const BlockTransform& transform)
      : gemm_(gemm), transform_(transform), a_(*gemm.a.im2col()) {
    how_ = cut_blocks();
    how_.ks = cut_depth(gemm.a);
    load_weights();
  }

  WindowCount run() {
    return run_slabs<Own>(
        gemm_, how_, [this] { return std::make_unique<Own>(a_, transform_); },
        [this](std::int64_t slab, Range rows, Own& own) { block(slab, rows, own); });
  }

 private:
  static constexpr std::int64_t lanes = pixel_lanes<M>;

  /// Vectors of pixels whose taps are alike: all there are, but where samples are cut.
  struct Part {
    Range vectors;
    std::span<const std::int64_t> taps;
  };

  struct Own {
    Own(const Im2col& a, const BlockTransform& transform) : planes(a, transform) {}

    MarkedPlanes<T> planes;
    AlignedBuffer<M> wide;
    AlignedBuffer<float> c;
    std::vector<const M*> vectors;  ///< where the first tap sees each of them
    std::vector<Part> parts;
    WindowCount count;
  };

  /// Blocks of whole samples, where one fits the second-level cache and there are enough for all threads; else of
  /// output rows, a few even where they do not fit, as each block loads input rows of its neighbours, too.
  Cut cut_blocks() const {
    constexpr std::int64_t least_rows = 4;
    const ConvGeometry& g = a_.geometry();
    const std::int64_t sample = g.output_pixels(), width = g.output_w();
    const auto bytes = [&](std::int64_t rows) {
      return ShiftedPlanes<T>::elements_of_band(g, rows) * std::int64_t{sizeof(M)};
    };
    if (bytes(g.output_h()) <= block_bytes && g.samples >= slabs_of(gemm_.m()))
      return cut_rows(gemm_.m(), sample, block_bytes / bytes(g.output_h()) * sample);
    const std::int64_t unit = std::lcm(width, lanes), row = bytes(2) - bytes(1);
    const std::int64_t rows = std::max(least_rows, (block_bytes - bytes(1)) / row + 1);
    return cut_rows(gemm_.m(), unit, std::max(unit, rows * width / unit * unit));
  }

  std::int64_t strips() const { return ceil_div(gemm_.n(), strip_channels); }
  Range channels(std::int64_t strip) const {
    return {strip * strip_channels, std::min(gemm_.n(), (strip + 1) * strip_channels)};
  }
  std::int64_t depth() const { return ceil_div(gemm_.k(), per_unit<M>); }  ///< of a strip, in units of weights
  std::uint32_t* weights(std::int64_t strip) { return weights_.data() + strip * strip_channels * depth(); }

  /// B in strips of channels, [units of k x padded strip] one behind the other.
  void load_weights() {
    weights_.reserve(static_cast<std::size_t>(strips() * strip_channels * depth()));
    parallel_for(gemm_.engine.threads(), strips(), [&](std::int64_t strip) {
      const Range own = channels(strip);
      const std::int64_t padded = padded_strip(own.size()), k = depth() * per_unit<M>;
      AlignedBuffer<T> stored;
      AlignedBuffer<M> rows(static_cast<std::size_t>(padded * k));
      const MatrixView<M> to{rows.data(), own.size(), gemm_.k(), k};
      load_as_multiplied(stored, to, [&](MatrixView<T> block) {
        load_transposed<T>(gemm_.b, {0, gemm_.k()}, own, block);
      });
      pad_rows(to);
      std::fill(to.row(own.size()), to.row(padded), M{0});
      transpose(units<M>({rows.data(), padded, k, k}), {weights(strip), depth(), padded, padded});
    });
  }

  void block(std::int64_t slab, Range rows, Own& own) {
    own.count += own.planes.load(rows);
    find_vectors(own);
    own.c.reserve(static_cast<std::size_t>(strip_channels * how_.block_rows));
    for (std::int64_t strip = 0; strip < strips(); ++strip) {
      const Range cols = channels(strip);
      const MatrixView<float> c{own.c.data(), padded_strip(cols.size()), rows.size(), rows.size()};
      multiply(strip, own, c);
      gemm_.c.store(slab, rows, cols, Major::columns, {c.data, cols.size(), c.cols, c.stride});
    }
  }

  void multiply(std::int64_t strip, const Own& own, MatrixView<float> c) {
    const std::span<const M* const> vectors(own.vectors);
    for (const Range k : how_.ks)
      for (const Part& part : own.parts)
        multiply_planes(vectors.subspan(part.vectors.begin, part.vectors.size()), part.taps.subspan(k.begin, k.size()),
                        weights(strip) + k.begin / per_unit<M> * c.rows, write_of(k),
                        {c.data + part.vectors.begin * lanes, c.rows, part.vectors.size() * lanes, c.stride});
  }

  void find_vectors(Own& own) {
    const M* values = as_multiplied(own);
    own.vectors.clear();
    own.parts.clear();
    for (const auto& band : own.planes.bands()) {
      const std::int64_t begin = std::ssize(own.vectors);
      for (std::int64_t i = 0; i < band.pixels.size(); i += lanes) own.vectors.push_back(values + band.at + i);
      if (own.parts.empty() || own.parts.back().taps.data() != band.taps.data())
        own.parts.push_back({{begin, begin}, band.taps});
      own.parts.back().vectors.end = std::ssize(own.vectors);
    }
  }

  const M* as_multiplied(Own& own) {
    const std::span<const T> values = own.planes.values();
    if constexpr (sizeof(T) == sizeof(M)) {
      return values.data();
    } else {
      const std::int64_t size = std::ssize(values);
      own.wide.reserve(values.size());
      widen({values.data(), 1, size, size}, {own.wide.data(), 1, size, size});
      return own.wide.data();
    }
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  const Im2col& a_;
  Cut how_;
  AlignedBuffer<std::uint32_t> weights_;
};

}  // namespace acrtc::reuse
