#include "../activation_layer.hpp"

namespace acrtc::network {
namespace {

const Registration<Layer> registration{
    "sigmoid", "1 / (1 + exp(-x))", {}, [](const Settings&, const LayerContext& context) {
      return std::make_unique<ActivationLayer>(dense::ActivationKind::sigmoid, context);
    }};

}  // namespace
}  // namespace acrtc::network
