#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/im2col.hpp"

namespace acrtc::reuse {

/// What the taps of a kernel see of some output rows, each input row stored once for every horizontal tap instead of
/// once for every tap: a channel has a plane for each horizontal tap kx, of rows out[ow] = x[ow * stride + kx - pad].
/// A column of im2col is then a contiguous piece of a plane; its vertical tap says at which row the piece begins. So
/// windows of neighbouring pixels that lie inside output rows can be compared once for all vertical taps.
template <class T>
class ShiftedPlanes {
 public:
  struct Band {
    std::int64_t sample;
    Range rows;                          ///< of that sample's output
    Range pixels;                        ///< among those loaded
    std::int64_t at;                     ///< where its planes begin among values()
    std::span<const std::int64_t> taps;  ///< where each column's pixels begin, from `at` on
  };

  /// Vectors may read and write so many elements beyond values().
  static constexpr std::int64_t slack = 64;

  /// True where output pixels [rows) are whole output rows and their planes take less than columns [columns) of im2col.
  static bool fit(const ConvGeometry& geometry, Range rows, Range columns);

  ShiftedPlanes(const ConvGeometry& geometry, Range columns);

  Range columns() const { return columns_; }

  /// Loads output pixels [rows), counted over all samples, of x[n, c, h, w].
  void load(const T* x, Range rows);

  std::span<const Band> bands() const { return bands_; }
  /// All planes of all bands without gaps, zeros where taps see padding.
  std::span<T> values() { return values_.span().first(static_cast<std::size_t>(used_)); }

 private:
  void fill(const T* x, const Band& band);
  std::span<const std::int64_t> taps(std::int64_t output_rows);

  ConvGeometry geometry_;
  Range columns_;
  AlignedBuffer<T> values_;
  std::int64_t used_ = 0;
  std::vector<Band> bands_;
  std::map<std::int64_t, std::vector<std::int64_t>> taps_;  ///< by a band's rows, of which few numbers differ
};

}  // namespace acrtc::reuse
