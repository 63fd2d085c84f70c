#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "acrtc/base/parallel.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/image_result.hpp"
#include "reuse/load_columns.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// The input gradient of a convolution, of what reuse makes of dY, which is no larger than dY and so is kept: then the
/// order in which pixels of dX are summed depends on the shape alone, not on windows. With stride 1 it is convolved
/// with the kernel turned by half a circle: the same products in another order, and no im2col-shaped sum that is ever
/// stored.
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
    if (convolving_is_as_cheap())
      convolve(multiply);
    else
      multiply(Gemm{gradient({.samples = x_.samples, .input = output(), .channels = gemm_.k()}), gemm_.b, gemm_.c,
                    gemm_.format, gemm_.engine});
    return count;
  }

 private:
  bool convolving_is_as_cheap() const {
    const std::int64_t outputs = x_.output_h() * x_.output_w();
    return x_.stride_h == 1 && x_.stride_w == 1 && x_.input.height * x_.input.width <= outputs + outputs / 8;
  }

  template <class Multiply>
  void convolve(Multiply multiply) {
    turn_kernel();
    const Im2col a = gradient(turned());
    const MatrixView<const T> kernel{kernel_.data(), x_.channels, turned().columns(), turned().columns()};
    const StoredMatrix b(as<float>(kernel), as<std::uint16_t>(kernel));
    ImageResult c({.tensor = gemm_.c.col2im()->dx(),
                   .channels = x_.input.channels,
                   .pixels = x_.input.height * x_.input.width,
                   .first_channel = x_.first_channel});
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
    const std::int64_t image = x_.output_h() * x_.output_w(), outputs = gemm_.k();
    const std::int64_t together = transform_.window() / std::gcd(transform_.window(), image);
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

  /// The convolution over dY whose output is dX.
  ConvGeometry turned() const {
    return {.samples = x_.samples,
            .input = output(),
            .channels = gemm_.k(),
            .kernel_h = x_.kernel_h,
            .kernel_w = x_.kernel_w,
            .pad_h = x_.kernel_h - 1 - x_.pad_h,
            .pad_w = x_.kernel_w - 1 - x_.pad_w};
  }

  /// The weight [outputs, columns of im2col(X)] as [channels, columns of the turned convolution].
  void turn_kernel() {
    const std::int64_t outputs = gemm_.k(), columns = gemm_.n();
    kernel_ = AlignedBuffer<T>(static_cast<std::size_t>(outputs * columns));
    constexpr std::int64_t together = 32;  // rows of the weight whose lines stay in the first-level cache
    parallel_ranges(gemm_.engine.threads(), outputs, together, [&](std::int64_t begin, std::int64_t end) {
      AlignedBuffer<T> weight(static_cast<std::size_t>((end - begin) * columns));
      load_transposed<T>(Transposed(gemm_.b), {0, columns}, {begin, end},
                         {weight.data(), end - begin, columns, columns});
      turn_rows({begin, end}, weight.data());
    });
  }

  void turn_rows(Range outputs, const T* weight) {
    const std::int64_t taps = x_.kernel_h * x_.kernel_w;
    const bool taps_together = x_.order == ColumnOrder::ckhkw;
    const std::int64_t tap_step = taps_together ? 1 : x_.channels, channel_step = taps_together ? taps : 1;
    for (std::int64_t channel = 0; channel < x_.channels; ++channel) {
      T* to = kernel_.data() + (channel * gemm_.k() + outputs.begin) * taps;
      const T* from = weight + channel * channel_step;
      for (std::int64_t o = 0; o < outputs.size(); ++o, from += gemm_.n(), to += taps)
        for (std::int64_t tap = 0; tap < taps; ++tap) to[taps - 1 - tap] = from[tap * tap_step];
    }
  }

  const Gemm& gemm_;
  const BlockTransform& transform_;
  ConvGeometry x_;
  AlignedBuffer<T> dy_, kernel_;
};

}  // namespace acrtc::reuse
