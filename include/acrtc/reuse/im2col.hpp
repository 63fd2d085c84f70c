#pragma once

#include <cstdint>
#include <span>

#include "acrtc/base/tensor.hpp"
#include "acrtc/reuse/image_result.hpp"
#include "acrtc/reuse/operand.hpp"
#include "acrtc/reuse/values.hpp"

namespace acrtc::reuse {

/// The order of im2col's columns. `ckhkw`: channel slowest, then kernel row, kernel column fastest (Caffe's; neighbours
/// are pixels). `khkwc`: channel fastest (neighbours are channels). Moves beats and windows, never multiplications.
enum class ColumnOrder { ckhkw, khkwc };

/// A convolution over x[n, c, h, w]. One group's view: its `channels` start at `first_channel`.
struct ConvGeometry {
  std::int64_t samples = 0;
  SampleShape input;               ///< whole tensor's channels, not the group's
  std::int64_t first_channel = 0;  ///< of the group
  std::int64_t channels = 0;       ///< of the group
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_h = 0, pad_w = 0;
  ColumnOrder order = ColumnOrder::ckhkw;

  std::int64_t output_h() const { return (input.height + 2 * pad_h - kernel_h) / stride_h + 1; }
  std::int64_t output_w() const { return (input.width + 2 * pad_w - kernel_w) / stride_w + 1; }
  std::int64_t output_pixels() const { return output_h() * output_w(); }  ///< of a sample
  std::int64_t pixels() const { return samples * output_pixels(); }
  std::int64_t columns() const { return channels * kernel_h * kernel_w; }
  /// Where a channel of the group begins in x.
  std::int64_t plane(std::int64_t sample, std::int64_t channel) const {
    return (sample * input.channels + first_channel + channel) * input.height * input.width;
  }
  /// A kernel of one pixel, nothing skipped or padded: pixels are the input's own.
  bool is_pointwise() const {
    return kernel_h == 1 && kernel_w == 1 && stride_h == 1 && stride_w == 1 && pad_h == 0 && pad_w == 0;
  }
};

/// Where column `k` of im2col looks: channel (within the group) and kernel offsets.
struct ColumnTap {
  std::int64_t channel, kernel_y, kernel_x;
};
ColumnTap column_tap(const ConvGeometry& geometry, std::int64_t k);
/// Moves on to the next column's.
void advance(const ConvGeometry& geometry, ColumnTap& tap);

/// im2col(X): rows are output pixels (n, oh, ow), ow fastest; columns as ordered; Major::columns. `x` and, where
/// GEMMs load halves, `x_halves` (either may be null where that load() is never called) hold the whole tensor and are
/// not owned.
/// With a 1x1 kernel this is any [n, c, h, w] tensor seen as a matrix of pixels by channels.
class Im2col : public Operand {
 public:
  Im2col(const ConvGeometry& geometry, const float* x, const std::uint16_t* x_halves);

  std::int64_t rows() const override { return geometry_.pixels(); }
  std::int64_t cols() const override { return geometry_.columns(); }
  Major major() const override { return Major::columns; }
  bool compact() const override { return geometry_.kernel_h == 1 && geometry_.kernel_w == 1; }
  std::int64_t row_run() const override { return geometry_.output_w(); }
  const Im2col* im2col() const override { return this; }
  void load(Range rows, Range cols, MatrixView<float> out) const override;
  void load(Range rows, Range cols, MatrixView<std::uint16_t> out) const override;

  const ConvGeometry& geometry() const { return geometry_; }
  /// The whole tensor, as the constructor took it.
  template <class T>
  const T* x() const {
    if constexpr (sizeof(T) == sizeof(float))
      return x_;
    else
      return x_halves_;
  }

 private:
  ConvGeometry geometry_;
  const float* x_;
  const std::uint16_t* x_halves_;
};

/// A stored matrix, rows contiguous. Not owned; either pointer may be null where that load() is never called.
class StoredMatrix : public Operand {
 public:
  StoredMatrix(MatrixView<const float> values, MatrixView<const std::uint16_t> halves);

  std::int64_t rows() const override { return rows_; }
  std::int64_t cols() const override { return cols_; }
  Major major() const override { return Major::rows; }
  bool compact() const override { return true; }
  const StoredMatrix* stored() const override { return this; }
  void load(Range rows, Range cols, MatrixView<float> out) const override;
  void load(Range rows, Range cols, MatrixView<std::uint16_t> out) const override;

  /// What load() would copy, where it lies.
  template <class T>
  MatrixView<const T> block(Range rows, Range cols) const {
    const auto part = [&](const MatrixView<const T>& all) {
      return MatrixView<const T>{all.row(rows.begin) + cols.begin, rows.size(), cols.size(), all.stride};
    };
    if constexpr (sizeof(T) == sizeof(float))
      return part(values_);
    else
      return part(halves_);
  }

 private:
  std::int64_t rows_, cols_;
  MatrixView<const float> values_;
  MatrixView<const std::uint16_t> halves_;
};

/// The transpose of another operand, which must outlive it. Costs nothing: only the meaning of the layout flips.
class Transposed : public Operand {
 public:
  explicit Transposed(const Operand& of) : of_(of) {}

  std::int64_t rows() const override { return of_.cols(); }
  std::int64_t cols() const override { return of_.rows(); }
  Major major() const override { return of_.major() == Major::rows ? Major::columns : Major::rows; }
  bool compact() const override { return of_.compact(); }
  std::int64_t row_run() const override { return of_.column_run(); }
  std::int64_t column_run() const override { return of_.row_run(); }
  const Im2col* im2col() const override { return of_.im2col_transposed(); }
  const Im2col* im2col_transposed() const override { return of_.im2col(); }
  const StoredMatrix* stored() const override { return of_.stored_transposed(); }
  const StoredMatrix* stored_transposed() const override { return of_.stored(); }
  void load(Range rows, Range cols, MatrixView<float> out) const override { of_.load(cols, rows, out); }
  void load(Range rows, Range cols, MatrixView<std::uint16_t> out) const override { of_.load(cols, rows, out); }

 private:
  const Operand& of_;
};

/// Adds im2col-shaped gradients back onto a group's channels of dx[n, c, h, w] (col2im), which are overwritten.
/// A sample is summed in FP32, in memory of its slab, and rounded when its last row has come. Sums do not
/// depend on threads: parts of a sample that slabs share are kept apart and added in slab order at the end.
class Col2im : public Result {
 public:
  /// `dx`: the whole tensor, not owned.
  Col2im(const ConvGeometry& geometry, Values dx) : geometry_(geometry), dx_(dx) {}

  void begin(std::int64_t slabs, std::int64_t rows_per_slab) override;
  void store(std::int64_t slab, Range rows, Range cols, Major major, MatrixView<const float> c) override;
  void end() override;
  bool takes_some_columns() const override { return false; }  // they are added to the same pixels
  const Col2im* col2im() const override { return this; }

  const ConvGeometry& geometry() const { return geometry_; }
  /// The group's channels of dx, for results that write them whole.
  ImageChannels image() const {
    return {.tensor = dx_,
            .channels = geometry_.input.channels,
            .pixels = geometry_.input.height * geometry_.input.width,
            .first_channel = geometry_.first_channel};
  }

 private:
  /// The rows of one sample, and the group's channels of it among all of the tensor.
  Range pixels(std::int64_t sample) const;
  Range channels(std::int64_t sample) const;
  /// Rows of one sample.
  void add(std::int64_t slab, std::int64_t sample, Range rows, MatrixView<const float> c);
  void write(std::int64_t sample, const float* sums);

  ConvGeometry geometry_;
  Values dx_;
  std::int64_t rows_per_slab_ = 0;
  /// [slab]: sums over pixels of one sample, the last that begins in the slab, and the one begun in a slab before.
  std::vector<AlignedBuffer<float>> begun_, gone_on_with_;
};

}  // namespace acrtc::reuse
