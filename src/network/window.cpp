#include "window.hpp"

#include "acrtc/base/error.hpp"
#include "fit.hpp"

namespace acrtc::network {
namespace {

Setting<std::int64_t> extent(const char* name, std::int64_t fallback, const char* help) {
  return {name, fallback, help, static_cast<double>(fallback), 65536};
}

/// A key and its two special cases.
struct Pair {
  Setting<std::int64_t> both, rows, columns;

  std::int64_t height(const Settings& settings) const { return settings[settings.given(rows.name) ? rows : both]; }
  std::int64_t width(const Settings& settings) const { return settings[settings.given(columns.name) ? columns : both]; }
};

// Functions, not constants: schemas are made before main(), in other files.
Pair kernel() {
  return {extent("kernel", 1, "rows and columns of the window"), extent("kernel_h", 1, "rows of the window"),
          extent("kernel_w", 1, "columns of the window")};
}
Pair stride() {
  return {extent("stride", 1, "how far the window moves"), extent("stride_h", 1, "how far the window moves down"),
          extent("stride_w", 1, "how far the window moves right")};
}
Pair pad() {
  return {extent("pad", 0, "zeros added on every side"), extent("pad_h", 0, "rows of zeros added above and below"),
          extent("pad_w", 0, "columns of zeros added left and right")};
}

Schema describe_pair(const Pair& pair) { return describe(pair.both, pair.rows, pair.columns); }

std::int64_t steps(std::int64_t room, std::int64_t stride, Remainder remainder) {
  return (remainder == Remainder::covered ? room + stride - 1 : room) / stride + 1;
}

std::int64_t output_extent(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t pad,
                           Remainder remainder) {
  const std::int64_t out = steps(input + 2 * pad - kernel, stride, remainder);
  const bool last_begins_outside = (out - 1) * stride - pad >= input;
  return last_begins_outside ? out - 1 : out;
}

}  // namespace

Schema window_schema() { return describe_pair(kernel()) + describe_pair(stride()) + describe_pair(pad()); }

Window read_window(const Settings& settings, const LayerContext& context) {
  const bool given = settings.given("kernel") || (settings.given("kernel_h") && settings.given("kernel_w"));
  if (!given) settings.reject("kernel", "the size of the window must be given");
  const Window window{kernel().height(settings), kernel().width(settings), stride().height(settings),
                      stride().width(settings),  pad().height(settings),   pad().width(settings)};
  const SampleShape& input = only_input(context);
  const auto size = [](std::int64_t h, std::int64_t w) { return std::to_string(h) + "x" + std::to_string(w); };
  if (input.height + 2 * window.pad_h < window.kernel_h || input.width + 2 * window.pad_w < window.kernel_w)
    misfit(context, "its kernel " + size(window.kernel_h, window.kernel_w) + " is larger than the padded image " +
                        size(input.height + 2 * window.pad_h, input.width + 2 * window.pad_w));
  if (window.pad_h >= window.kernel_h || window.pad_w >= window.kernel_w)
    misfit(context, "its padding " + size(window.pad_h, window.pad_w) + " is not smaller than its kernel " +
                        size(window.kernel_h, window.kernel_w));
  return window;
}

SampleShape window_output(const Window& window, const SampleShape& input, Remainder remainder) {
  return {input.channels, output_extent(input.height, window.kernel_h, window.stride_h, window.pad_h, remainder),
          output_extent(input.width, window.kernel_w, window.stride_w, window.pad_w, remainder)};
}

}  // namespace acrtc::network
