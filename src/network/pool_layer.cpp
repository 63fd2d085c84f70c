#include "pool_layer.hpp"

#include "fit.hpp"
#include "window.hpp"

namespace acrtc::network {
namespace {

using Kind = PoolingSpec::Kind;

/// Made on demand: schemas are made before main(), in other files.
struct PoolSettings {
  Setting<bool> global{"global", false, "one window over the whole image"};
  Setting<std::string> round{.name = "round",
                             .fallback = "floor",
                             .help = "ceil: a remainder smaller than the stride gets a window of its own",
                             .choices = {"floor", "ceil"}};
};

PoolingSpec read_spec(Kind kind, const Settings& settings, const LayerContext& context) {
  const PoolSettings own;
  const SampleShape& input = only_input(context);
  const bool global = settings[own.global];
  const Window window = global ? Window{input.height, input.width} : read_window(settings, context);
  const Remainder remainder = settings[own.round] == "ceil" ? Remainder::covered : Remainder::left_out;
  return {kind, input, window_output(window, input, remainder), window};
}

}  // namespace

Schema PoolLayer::schema() {
  const PoolSettings own;
  return window_schema() + describe(own.global, own.round);
}

PoolLayer::PoolLayer(Kind kind, const Settings& settings, const LayerContext& context)
    : PoolLayer(read_spec(kind, settings, context), context) {}

PoolLayer::PoolLayer(const PoolingSpec& spec, const LayerContext& context)
    : output_(spec.output), pooling_(spec, context.gemms.options().format), threads_(context.engine.threads()) {}

void PoolLayer::forward(const PassContext&, std::span<const Activations* const> in, Activations& out) {
  pooling_.forward(threads_, in[0]->values(), out.values());
}

void PoolLayer::backward(const PassContext&, std::span<const Activations* const>, const Activations&,
                         Activations& d_out, std::span<Activations* const> d_in) {
  pooling_.backward(threads_, d_out.values(), d_in[0]->values());
}

}  // namespace acrtc::network
