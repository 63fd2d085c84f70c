#include "../activation_layer.hpp"

namespace acrtc::network {
namespace {

const Registration<Layer> registration{
    "tanh", "the hyperbolic tangent", {}, [](const Settings&, const LayerContext& context) {
      return std::make_unique<ActivationLayer>(dense::ActivationKind::tanh, context);
    }};

}  // namespace
}  // namespace acrtc::network
