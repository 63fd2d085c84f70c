#pragma once

#include <cstdint>

#include "acrtc/base/parallel.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/scheme.hpp"
#include "reuse/panels.hpp"

namespace acrtc::reuse {

/// The convolution over dY whose output is dX of a convolution of stride 1.
inline ConvGeometry turned(const ConvGeometry& x, std::int64_t outputs) {
  return {.samples = x.samples,
          .input = {outputs, x.output_h(), x.output_w()},
          .channels = outputs,
          .kernel_h = x.kernel_h,
          .kernel_w = x.kernel_w,
          .pad_h = x.kernel_h - 1 - x.pad_h,
          .pad_w = x.kernel_w - 1 - x.pad_w};
}

/// True where that convolution has about as many products as adding up im2col-shaped ones.
inline bool turning_is_as_cheap(const ConvGeometry& x) {
  const std::int64_t outputs = x.output_pixels();
  return x.stride_h == 1 && x.stride_w == 1 && x.input.height * x.input.width <= outputs + outputs / 8;
}

template <class T>
void turn_rows(const ConvGeometry& x, std::int64_t all_outputs, Range outputs, const T* weight, T* kernel) {
  const std::int64_t taps = x.kernel_h * x.kernel_w;
  const bool taps_together = x.order == ColumnOrder::ckhkw;
  const std::int64_t tap_step = taps_together ? 1 : x.channels, channel_step = taps_together ? taps : 1;
  for (std::int64_t channel = 0; channel < x.channels; ++channel) {
    T* to = kernel + (channel * all_outputs + outputs.begin) * taps;
    const T* from = weight + channel * channel_step;
    for (std::int64_t o = 0; o < outputs.size(); ++o, from += x.columns(), to += taps)
      for (std::int64_t tap = 0; tap < taps; ++tap) to[taps - 1 - tap] = from[tap * tap_step];
  }
}

/// The weight [outputs, columns of im2col(X)] turned by half a circle: kernel[channels, outputs, kernel_h, kernel_w].
template <class T>
void turn_kernel(const ConvGeometry& x, const Operand& weight, dense::Engine& engine, T* kernel) {
  constexpr std::int64_t together = 32;  // rows of the weight whose lines stay in the first-level cache
  parallel_ranges(engine.threads(), weight.rows(), together, [&](std::int64_t begin, std::int64_t end) {
    AlignedBuffer<T> rows(static_cast<std::size_t>((end - begin) * weight.cols()));
    load_transposed<T>(Transposed(weight), {0, weight.cols()}, {begin, end},
                       {rows.data(), end - begin, weight.cols(), weight.cols()});
    turn_rows(x, weight.rows(), {begin, end}, rows.data(), kernel);
  });
}

}  // namespace acrtc::reuse
