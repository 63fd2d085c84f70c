#include "../pool_layer.hpp"

namespace acrtc::network {
namespace {

const Registration<Layer> registration{"average_pool", "the mean of each window's values, padding left out",
                                       PoolLayer::schema(), [](const Settings& settings, const LayerContext& context) {
                                         return std::make_unique<PoolLayer>(PoolingSpec::Kind::average, settings,
                                                                            context);
                                       }};

}  // namespace
}  // namespace acrtc::network
