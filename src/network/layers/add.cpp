#include "../elementwise.hpp"
#include "../fit.hpp"

namespace acrtc::network {
namespace {

/// The sum at the end of a residual block (He et al., CVPR 2016, doi:10.1109/CVPR.2016.90).
class Add : public Layer {
 public:
  explicit Add(const LayerContext& context) : shape_(context.inputs.front()), engine_(context.engine) {
    if (context.inputs.size() < 2) misfit(context, "a sum takes at least two inputs");
    for (const SampleShape& input : context.inputs)
      if (input != shape_) misfit(context, "inputs of a sum have one shape");
  }

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext&, std::span<const Activations* const> in, Activations& out) override {
    std::vector<reuse::ConstValues> terms;
    for (const Activations* tensor : in) terms.push_back(tensor->values());
    sum(engine_, terms, out.values(), rectified_);
  }

  void backward(const PassContext&, std::span<const Activations* const>, const Activations& out, Activations& d_out,
                std::span<Activations* const> d_in) override {
    std::vector<reuse::Values> gradients;
    for (Activations* gradient : d_in)
      if (gradient) gradients.push_back(gradient->values());
    if (rectified_ == reuse::Rectified::yes)
      derectify(engine_, out.values(), d_out.values(), gradients);
    else
      for (const reuse::Values& gradient : gradients) copy(engine_, d_out.values(), gradient);
  }

  bool rectify() override {
    rectified_ = reuse::Rectified::yes;
    return true;
  }

 private:
  SampleShape shape_;
  dense::Engine& engine_;
  reuse::Rectified rectified_ = reuse::Rectified::no;
};

const Registration<Layer> registration{
    "add",
    "the sum of its inputs, as at the end of a residual block",
    {},
    [](const Settings&, const LayerContext& context) { return std::make_unique<Add>(context); }};

}  // namespace
}  // namespace acrtc::network
