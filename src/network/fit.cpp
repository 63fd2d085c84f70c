#include "fit.hpp"

#include "acrtc/base/error.hpp"
#include "acrtc/base/text.hpp"

namespace acrtc::network {

void misfit(const LayerContext& context, std::string_view why, std::string_view suggestion) {
  std::vector<std::string> shapes;
  for (const SampleShape& shape : context.inputs) shapes.push_back(to_string(shape));
  throw UserError("layer '" + context.name + "' does not fit its input " + join(shapes, ", "), why, suggestion);
}

const SampleShape& only_input(const LayerContext& context) {
  if (context.inputs.size() != 1) misfit(context, "it takes one input, not " + std::to_string(context.inputs.size()));
  return context.inputs.front();
}

}  // namespace acrtc::network
