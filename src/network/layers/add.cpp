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
    copy(gemms_.engine(), in[0]->values(), out.values());
    for (const Tensor* other : in.subspan(1)) add(gemms_.engine(), other->values(), out.values());
    round_to_operands(gemms_, out.values());
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
