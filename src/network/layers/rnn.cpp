#include "../clockwork_layer.hpp"

namespace acrtc::network {
namespace {

const Registration<Layer> registration{"rnn", "simple recurrence: h = tanh(W x + U h + b)", RecurrentLayer::schema(),
                                       [](const Settings& settings, const LayerContext& context) {
                                         return std::make_unique<ClockworkLayer>(std::vector<std::int64_t>{1}, settings,
                                                                                 context);
                                       }};

}  // namespace
}  // namespace acrtc::network
