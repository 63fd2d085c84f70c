#include "../fit.hpp"
#include "../gemm_layer.hpp"
#include "../window.hpp"
#include "acrtc/reuse/im2col.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> groups_setting{"groups", 1, "groups of channels that are convolved apart", 1, 65536};

/// Of the first group, without samples.
reuse::ConvGeometry read_geometry(const Settings& settings, const LayerContext& context) {
  const Window window = read_window(settings, context);
  const SampleShape& input = only_input(context);
  const std::int64_t groups = settings[groups_setting], outputs = GemmLayer::read_outputs(settings);
  if (input.channels % groups != 0 || outputs % groups != 0)
    misfit(context, std::to_string(groups) + " groups do not divide " + std::to_string(input.channels) +
                        " channels into " + std::to_string(outputs) + " outputs");
  return {.input = input,
          .channels = input.channels / groups,
          .kernel_h = window.kernel_h,
          .kernel_w = window.kernel_w,
          .stride_h = window.stride_h,
          .stride_w = window.stride_w,
          .pad_h = window.pad_h,
          .pad_w = window.pad_w,
          .order = context.gemms.options().column_order};
}

/// Where each column of im2col lies in a weight stored as [outputs, channels, kernel_h, kernel_w].
std::vector<std::int64_t> stored_columns(const reuse::ConvGeometry& geometry) {
  std::vector<std::int64_t> order;
  if (geometry.order == reuse::ColumnOrder::ckhkw) return order;
  for (std::int64_t k = 0; k < geometry.columns(); ++k) {
    const reuse::ColumnTap tap = column_tap(geometry, k);
    order.push_back((tap.channel * geometry.kernel_h + tap.kernel_y) * geometry.kernel_w + tap.kernel_x);
  }
  return order;
}

class Convolution : public GemmLayer {
 public:
  Convolution(const Settings& settings, const LayerContext& context)
      : Convolution(settings, context, read_geometry(settings, context)) {}

 protected:
  std::unique_ptr<reuse::Operand> input_matrix(const Activations& x, std::int64_t group) const override {
    return std::make_unique<reuse::Im2col>(input_geometry(x.samples(), group), x.f32(), x.halves());
  }

  std::unique_ptr<reuse::Operand> output_matrix(const Activations& dy, std::int64_t group) const override {
    const std::int64_t outputs = shape().group_outputs();
    const reuse::ConvGeometry pixels{
        .samples = dy.samples(), .input = shape().output, .first_channel = group * outputs, .channels = outputs};
    return std::make_unique<reuse::Im2col>(pixels, dy.f32(), dy.halves());
  }

  std::unique_ptr<reuse::Result> input_gradient(Activations& dx, std::int64_t group) const override {
    return std::make_unique<reuse::Col2im>(input_geometry(dx.samples(), group), dx.values());
  }

 private:
  Convolution(const Settings& settings, const LayerContext& context, const reuse::ConvGeometry& geometry)
      : GemmLayer(settings, context,
                  {.output = {read_outputs(settings), geometry.output_h(), geometry.output_w()},
                   .groups = settings[groups_setting],
                   .weight = {read_outputs(settings), geometry.channels, geometry.kernel_h, geometry.kernel_w},
                   .column_order = stored_columns(geometry)}),
        geometry_(geometry) {}

  reuse::ConvGeometry input_geometry(std::int64_t samples, std::int64_t group) const {
    reuse::ConvGeometry geometry = geometry_;
    geometry.samples = samples;
    geometry.first_channel = group * geometry.channels;
    return geometry;
  }

  reuse::ConvGeometry geometry_;
};

const Registration<Layer> registration{
    "convolution", "sums of weighted windows of an image, moved over it; weights [outputs, channels/groups, kh, kw]",
    GemmLayer::schema() + describe(groups_setting) + window_schema(),
    [](const Settings& settings, const LayerContext& context) {
      return std::make_unique<Convolution>(settings, context);
    }};

}  // namespace
}  // namespace acrtc::network
