#include <algorithm>

#include "../fit.hpp"
#include "acrtc/base/parallel.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> outputs{"outputs", 1, "channels of the result, not fewer than the input's", 1, 1 << 24};
const Setting<std::int64_t> stride{"stride", 2, "every so many rows and columns one is kept", 1, 65536};

/// Shortcuts without weights, option A of He et al., CVPR 2016, section 4.2, doi:10.1109/CVPR.2016.90.
class Subsample : public Layer {
 public:
  Subsample(const Settings& settings, const LayerContext& context)
      : input_(only_input(context)), stride_(settings[stride]), threads_(context.engine.threads()) {
    shape_ = {settings[outputs], (input_.height + stride_ - 1) / stride_, (input_.width + stride_ - 1) / stride_};
    if (shape_.channels < input_.channels)
      misfit(context, "it keeps all channels, " + std::to_string(shape_.channels) + " are fewer");
  }

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext&, std::span<const Activations* const> in, Activations& out) override {
    parallel_for(threads_, out.samples(), [&](std::int64_t n) {
      clear(out.sample(n));
      with_elements(in[0]->sample(n), out.sample(n), [&](const auto* from, auto* to) {
        for_each_kept([&](std::int64_t kept, std::int64_t source) { to[kept] = from[source]; });
      });
    });
  }

  void backward(const PassContext&, std::span<const Activations* const>, const Activations&, Activations& d_out,
                std::span<Activations* const> d_in) override {
    parallel_for(threads_, d_out.samples(), [&](std::int64_t n) {
      clear(d_in[0]->sample(n));
      with_elements(d_out.sample(n), d_in[0]->sample(n), [&](const auto* from, auto* to) {
        for_each_kept([&](std::int64_t kept, std::int64_t source) { to[source] = from[kept]; });
      });
    });
  }

 private:
  /// body(element of the output, element of the input) for all that is kept.
  template <class Body>
  void for_each_kept(const Body& body) const {
    for (std::int64_t c = 0, kept = 0; c < input_.channels; ++c)
      for (std::int64_t y = 0; y < shape_.height; ++y)
        for (std::int64_t x = 0; x < shape_.width; ++x, ++kept)
          body(kept, ((c * input_.height) + y * stride_) * input_.width + x * stride_);
  }

  SampleShape input_, shape_;
  std::int64_t stride_;
  int threads_;
};

const Registration<Layer> registration{"subsample", "every stride-th row and column, channels filled up with zeros",
                                       describe(outputs, stride),
                                       [](const Settings& settings, const LayerContext& context) {
                                         return std::make_unique<Subsample>(settings, context);
                                       }};

}  // namespace
}  // namespace acrtc::network
