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

  void forward(const PassContext&, std::span<const Activations* const> in, Activations& out) override {
    parallel_for(threads_, out.samples(), [&](std::int64_t n) {
      std::int64_t at = 0;
      for (const Activations* part : in) {
        const reuse::ConstValues from = part->sample(n);
        copy(from, out.sample(n).part(at, from.size));
        at += from.size;
      }
    });
  }

  void backward(const PassContext&, std::span<const Activations* const> in, const Activations&, Activations& d_out,
                std::span<Activations* const> d_in) override {
    parallel_for(threads_, d_out.samples(), [&](std::int64_t n) {
      std::int64_t at = 0;
      for (std::size_t i = 0; i < in.size(); ++i) {
        const std::int64_t size = in[i]->shape().elements();
        if (d_in[i]) copy(d_out.sample(n).part(at, size), d_in[i]->sample(n));
        at += size;
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
