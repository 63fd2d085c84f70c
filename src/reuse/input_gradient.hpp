#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "acrtc/base/parallel.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/image_result.hpp"
#include "reuse/load_columns.hpp"
#include "reuse/turned_kernel.hpp"

namespace acrtc::reuse {

/// The input gradient of a convolution where oneDNN has no kernel that pays (see DirectInputGradient), of what reuse
/// makes of dY, which is no larger than dY and so is kept: then the order in which pixels of dX are summed depends on
/// the shape alone, not on windows. With stride 1 it is convolved with the kernel turned by half a circle: the same
/// products in another order, and no im2col-shaped sum that is ever stored.
template <class T>
class InputGradient {
 public:
  static bool fit(const Gemm& gemm) { return gemm.a.im2col() && gemm.c.col2im(); }

  InputGradient(const Gemm& gemm, const BlockTransform& transform)
      : gemm_(gemm), transform_(transform), x_(gemm.c.col2im()->geometry()) {}

  /// Calls multiply with a GEMM that has nothing left to transform. Returns what the transform counted.
  template <class Multiply>
  WindowCount run(Multiply multiply) {
    const WindowCount count = transform_gradient();
    if (turning_is_as_cheap(x_))
      convolve(multiply);
    else
      multiply(Gemm{gradient({.samples = x_.samples, .input = output(), .channels = gemm_.k()}), gemm_.b, gemm_.c,
                    gemm_.format, gemm_.engine});
    return count;
  }

 private:
  template <class Multiply>
  void convolve(Multiply multiply) {
    const ConvGeometry over_dy = turned(x_, gemm_.k());
    kernel_ = AlignedBuffer<T>(static_cast<std::size_t>(x_.channels * over_dy.columns()));
    turn_kernel(x_, gemm_.b, gemm_.engine, kernel_.data());
    const Im2col a = gradient(over_dy);
    const MatrixView<const T> kernel{kernel_.data(), x_.channels, over_dy.columns(), over_dy.columns()};
    const StoredMatrix b(as<float>(kernel), as<std::uint16_t>(kernel));
    ImageResult c(gemm_.c.col2im()->image());
    multiply(Gemm{a, Transposed(b), c, gemm_.format, gemm_.engine});
  }

  SampleShape output() const { return {gemm_.k(), x_.output_h(), x_.output_w()}; }
  /// The kept gradient as seen by a convolution.
  Im2col gradient(const ConvGeometry& geometry) const {
    const MatrixView<const T> kept{dy_.data()};
    return {geometry, as<float>(kept).data, as<std::uint16_t>(kept).data};
  }

  template <class U>
  static MatrixView<const U> as(const MatrixView<const T>& matrix) {
    if constexpr (sizeof(U) == sizeof(T))
      return matrix;
    else
      return {nullptr, matrix.rows, matrix.cols, matrix.stride};
  }

  /// dY of this group, [n, outputs, h, w], with repeats replaced: as many samples at a time as hold whole windows.
  WindowCount transform_gradient() {
    const std::int64_t image = x_.output_pixels(), outputs = gemm_.k();
    const std::int64_t together = samples_of_whole_windows(transform_, image);
    dy_ = AlignedBuffer<T>(static_cast<std::size_t>(gemm_.m() * outputs));
    std::vector<WindowCount> counts(static_cast<std::size_t>(gemm_.engine.threads()));
    parallel_ranges(gemm_.engine.threads(), x_.samples, together, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t pixels = (end - begin) * image;
      T* to = dy_.data() + begin * outputs * image;
      AlignedBuffer<T> apart;
      if (end - begin > 1) apart = AlignedBuffer<T>(static_cast<std::size_t>(outputs * pixels));
      const MatrixView<T> columns{apart.size() > 0 ? apart.data() : to, outputs, pixels, pixels};
      counts[static_cast<std::size_t>(thread_index())] +=
          load_columns<T>(gemm_.a, transform_, {begin * image, end * image}, {0, outputs}, columns);
      if (apart.size() == 0) return;
      for (std::int64_t n = 0; n < end - begin; ++n)
        for (std::int64_t o = 0; o < outputs; ++o)
          std::copy_n(columns.row(o) + n * image, image, to + (n * outputs + o) * image);
    });
    WindowCount sum;
    for (const WindowCount& count : counts) sum += count;
    return sum;
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  ConvGeometry x_;
  AlignedBuffer<T> dy_, kernel_;
};

}  // namespace acrtc::reuse
