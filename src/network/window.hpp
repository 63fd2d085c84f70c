#pragma once

#include <cstdint>

#include "acrtc/base/settings.hpp"
#include "acrtc/network/layer.hpp"

/// The window that convolution and pooling move over an image.
namespace acrtc::network {

struct Window {
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_h = 0, pad_w = 0;
};

/// What a window does with a remainder that is smaller than the stride.
enum class Remainder { left_out, covered };

/// kernel, stride, pad and the same with _h and _w, which win where they are given.
Schema window_schema();

/// Throws UserError where no kernel is given, the padded input is smaller than the kernel, or a window could lie in the
/// padding alone.
Window read_window(const Settings& settings, const LayerContext& context);

/// Output rows and columns with the channels of the input. With Remainder::covered a last window reaches past the
/// padding, if it begins inside the image (as Caffe's pooling).
SampleShape window_output(const Window& window, const SampleShape& input, Remainder remainder);

}  // namespace acrtc::network
