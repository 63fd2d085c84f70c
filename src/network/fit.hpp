#pragma once

#include <string>
#include <string_view>

#include "acrtc/network/layer.hpp"

namespace acrtc::network {

/// Throws a UserError that names the layer and its inputs.
[[noreturn]] void misfit(const LayerContext& context, std::string_view why, std::string_view suggestion = {});

/// The shape of a layer's one input; misfit where it has another number of them.
const SampleShape& only_input(const LayerContext& context);

}  // namespace acrtc::network
