#include "../fit.hpp"
#include "../gemm_layer.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/image_result.hpp"

namespace acrtc::network {
namespace {

/// A tensor as a matrix of samples by features.
std::unique_ptr<reuse::Operand> samples_matrix(const Activations& tensor) {
  const std::int64_t samples = tensor.samples(), features = tensor.shape().elements();
  return std::make_unique<reuse::StoredMatrix>(
      MatrixView<const float>{tensor.f32(), samples, features, features},
      MatrixView<const std::uint16_t>{tensor.halves(), samples, features, features});
}

class InnerProduct : public GemmLayer {
 public:
  InnerProduct(const Settings& settings, const LayerContext& context)
      : GemmLayer(settings, context,
                  {.output = {read_outputs(settings)},
                   .weight = {read_outputs(settings), only_input(context).elements()},
                   .column_order = {}}) {}

 protected:
  std::unique_ptr<reuse::Operand> input_matrix(const Activations& x, std::int64_t) const override {
    return samples_matrix(x);
  }

  std::unique_ptr<reuse::Operand> output_matrix(const Activations& dy, std::int64_t) const override {
    return samples_matrix(dy);
  }

  std::unique_ptr<reuse::Result> input_gradient(Activations& dx, std::int64_t) const override {
    return std::make_unique<reuse::ImageResult>(
        reuse::ImageChannels{.tensor = dx.values(), .channels = dx.shape().elements()});
  }
};

const Registration<Layer> registration{"inner_product",
                                       "weighted sums of all inputs (fully connected); weights [outputs, inputs]",
                                       GemmLayer::schema(), [](const Settings& settings, const LayerContext& context) {
                                         return std::make_unique<InnerProduct>(settings, context);
                                       }};

}  // namespace
}  // namespace acrtc::network
