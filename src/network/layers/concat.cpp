#include <algorithm>

#include "../fit.hpp"
#include "acrtc/base/parallel.hpp"

namespace acrtc::network {
namespace {

/// Joins the branches of an inception module (Szegedy et al., CVPR 2015, doi:10.1109/CVPR.2015.7298594).
class Concat : public Layer {
 public:
  explicit Concat(const LayerContext& context) : shape_(context.inputs.front()), threads_(context.engine.threads()) {
    shape_.channels = 0;
    for (const SampleShape& input : context.inputs) {
      if (input.height != shape_.height || input.width != shape_.width)
        misfit(context, "inputs that are joined have the same rows and columns");
      shape_.channels += input.channels;
    }
  }

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext&, std::span<const Tensor* const> in, Tensor& out) override {
    parallel_for(threads_, out.samples(), [&](std::int64_t n) {
      auto to = out.sample(n).begin();
      for (const Tensor* part : in) to = std::ranges::copy(part->sample(n), to).out;
    });
  }

  void backward(const PassContext&, std::span<const Tensor* const> in, const Tensor&, const Tensor& d_out,
                std::span<Tensor* const> d_in) override {
    parallel_for(threads_, d_out.samples(), [&](std::int64_t n) {
      std::span<const float> rest = d_out.sample(n);
      for (std::size_t i = 0; i < in.size(); ++i) {
        const auto size = static_cast<std::size_t>(in[i]->shape().elements());
        if (d_in[i]) std::ranges::copy(rest.first(size), d_in[i]->sample(n).begin());
        rest = rest.subspan(size);
      }
    });
  }

 private:
  SampleShape shape_;
  int threads_;
};

const Registration<Layer> registration{
    "concat", "its inputs' channels one after the other", {}, [](const Settings&, const LayerContext& context) {
      return std::make_unique<Concat>(context);
    }};

}  // namespace
}  // namespace acrtc::network
