#include "../pool_layer.hpp"

namespace acrtc::network {
namespace {

const Registration<Layer> registration{"max_pool", "the largest value of each window", PoolLayer::schema(),
                                       [](const Settings& settings, const LayerContext& context) {
                                         return std::make_unique<PoolLayer>(PoolingSpec::Kind::max, settings, context);
                                       }};

}  // namespace
}  // namespace acrtc::network
