#include "../activation_layer.hpp"

namespace acrtc::network {
namespace {

const Registration<Layer> registration{"relu", "max(x, 0)", {}, [](const Settings&, const LayerContext& context) {
                                         return std::make_unique<ActivationLayer>(dense::ActivationKind::relu, context);
                                       }};

}  // namespace
}  // namespace acrtc::network
