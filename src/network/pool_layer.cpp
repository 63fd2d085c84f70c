#include "pool_layer.hpp"

#include "elementwise.hpp"
#include "fit.hpp"
#include "window.hpp"

namespace acrtc::network {
namespace {

using Kind = dense::PoolingSpec::Kind;

/// Made on demand: schemas are made before main(), in other files.
struct PoolSettings {
  Setting<bool> global{"global", false, "one window over the whole image"};
  Setting<std::string> round{.name = "round",
                             .fallback = "floor",
                             .help = "ceil: a remainder smaller than the stride gets a window of its own",
                             .choices = {"floor", "ceil"}};
};

dense::PoolingSpec read_spec(Kind kind, const Settings& settings, const LayerContext& context) {
  const PoolSettings own;
  const SampleShape& input = only_input(context);
  const bool global = settings[own.global];
  const Window window = global ? Window{input.height, input.width} : read_window(settings, context);
  const Remainder remainder = settings[own.round] == "ceil" ? Remainder::covered : Remainder::left_out;
  return {kind,
          input,
          window_output(window, input, remainder),
          window.kernel_h,
          window.kernel_w,
          window.stride_h,
          window.stride_w,
          window.pad_h,
          window.pad_w,
          DenseTensor::element_of(context.gemms.options().format)};
}

}  // namespace

Schema PoolLayer::schema() {
  const PoolSettings own;
  return window_schema() + describe(own.global, own.round);
}

PoolLayer::PoolLayer(Kind kind, const Settings& settings, const LayerContext& context)
    : spec_(read_spec(kind, settings, context)), pooling_(spec_, context.engine), engine_(context.engine) {}

bool PoolLayer::gradients_need_rounding() const {
  return spec_.kind == Kind::average || spec_.kernel_h > spec_.stride_h || spec_.kernel_w > spec_.stride_w;
}

void PoolLayer::forward(const PassContext&, std::span<const Activations* const> in, Activations& out) {
  pooling_.forward(out.samples(), x_.read(engine_, *in[0]), y_.write(out));
  y_.finish(engine_, out);
  if (spec_.kind == Kind::average) round_in_place(engine_, out.values());
}

void PoolLayer::backward(const PassContext&, std::span<const Activations* const>, const Activations&,
                         Activations& d_out, std::span<Activations* const> d_in) {
  pooling_.backward(d_out.samples(), y_.read(engine_, d_out), x_.write(*d_in[0]));
  x_.finish(engine_, *d_in[0]);
  if (gradients_need_rounding()) round_in_place(engine_, d_in[0]->values());
}

}  // namespace acrtc::network
