#include "../elementwise.hpp"
#include "../fit.hpp"

namespace acrtc::network {
namespace {

/// The sum at the end of a residual block (He et al., CVPR 2016, doi:10.1109/CVPR.2016.90).
class Add : public Layer {
 public:
  explicit Add(const LayerContext& context) : shape_(context.inputs.front()), gemms_(context.gemms) {
    if (context.inputs.size() < 2) misfit(context, "a sum takes at least two inputs");
    for (const SampleShape& input : context.inputs)
      if (input != shape_) misfit(context, "inputs of a sum have one shape");
  }

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext&, std::span<const Tensor* const> in, Tensor& out) override {
    std::vector<std::span<const float>> terms;
    for (const Tensor* tensor : in) terms.push_back(tensor->values());
    sum(gemms_, terms, out.values());
  }

  void backward(const PassContext&, std::span<const Tensor* const>, const Tensor&, const Tensor& d_out,
                std::span<Tensor* const> d_in) override {
    for (Tensor* gradient : d_in)
      if (gradient) copy(gemms_.engine(), d_out.values(), gradient->values());
  }

 private:
  SampleShape shape_;
  GemmRunner& gemms_;
};

const Registration<Layer> registration{
    "add",
    "the sum of its inputs, as at the end of a residual block",
    {},
    [](const Settings&, const LayerContext& context) { return std::make_unique<Add>(context); }};

}  // namespace
}  // namespace acrtc::network
