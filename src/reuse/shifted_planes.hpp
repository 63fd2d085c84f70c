#pragma once

#include <compare>
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
/// windows of neighbouring pixels that lie inside output rows can be compared once for all vertical taps, and others be
/// copied by whole vectors, as planes have no gaps between rows.
template <class T>
class ShiftedPlanes {
 public:
  struct Band {
    std::int64_t sample;
    Range rows;                          ///< of that sample's output: those which the pixels lie in
    Range pixels;                        ///< among those loaded
    std::int64_t at;                     ///< where values() have what the planes' first tap sees of the first pixel
    std::span<const std::int64_t> taps;  ///< where each column's pixels begin, from `at` on
  };

  /// Vectors may read and write so many elements beyond values().
  static constexpr std::int64_t slack = 64;

  /// True where the planes of output pixels [rows) take less than columns [columns) of im2col.
  static bool fit(const ConvGeometry& geometry, Range rows, Range columns);

  /// Elements of a band of so many output rows, of all columns.
  static std::int64_t elements_of_band(const ConvGeometry& geometry, std::int64_t output_rows);

  explicit ShiftedPlanes(const ConvGeometry& geometry) : geometry_(geometry) {}

  /// Loads what columns [columns) of im2col see of output pixels [rows), counted over all samples, of x[n, c, h, w]:
  /// whole output rows, whichever of their pixels are asked for.
  void load(const T* x, Range rows, Range columns);

  std::span<const Band> bands() const { return bands_; }
  /// All planes of all bands without gaps, zeros where taps see padding.
  std::span<T> values() { return values_.span().first(static_cast<std::size_t>(used_)); }

  /// Writes pixels [pixels) and columns [columns) among those loaded, out[column][pixel].
  void copy(Range pixels, Range columns, MatrixView<T> out) const;

 private:
  struct Loaded {  ///< what taps depend on; few differ
    std::int64_t first_column, end_column, output_rows;
    friend auto operator<=>(const Loaded&, const Loaded&) = default;
  };

  void fill(const T* x, const Band& band, Range columns, T* to);
  std::span<const std::int64_t> taps(Range columns, std::int64_t output_rows);

  ConvGeometry geometry_;
  AlignedBuffer<T> values_;
  std::int64_t used_ = 0;
  std::vector<Band> bands_;
  std::map<Loaded, std::vector<std::int64_t>> taps_;
};

}  // namespace acrtc::reuse
