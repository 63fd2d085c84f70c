#include <algorithm>
#include <cmath>

#include "../elementwise.hpp"
#include "../fit.hpp"
#include "acrtc/base/error.hpp"
#include "acrtc/base/parallel.hpp"
#include "acrtc/base/random.hpp"

namespace acrtc::network {
namespace {

const Setting<double> probability{"probability", 0.5, "share of the values that are dropped in training", 0, 0.999};

/// The mask is a function of seed, step, sample and element, so it is drawn again in backward() instead of kept, and
/// does not depend on which node or rank trains the sample.
class Dropout : public Layer {
 public:
  Dropout(const Settings& settings, const LayerContext& context)
      : shape_(only_input(context)),
        random_(context.seed, RandomStream::dropout),
        kept_words_(static_cast<std::uint64_t>(std::ldexp(1 - settings[probability], 32))),
        scale_(static_cast<float>(1 / (1 - settings[probability]))),
        gemms_(context.gemms) {}

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext& pass, std::span<const Tensor* const> in, Tensor& out) override {
    if (pass.mode == Mode::training)
      mask(pass, *in[0], out);
    else
      copy(gemms_.engine(), in[0]->values(), out.values());
  }

  void backward(const PassContext& pass, std::span<const Tensor* const>, const Tensor&, const Tensor& d_out,
                std::span<Tensor* const> d_in) override {
    mask(pass, d_out, *d_in[0]);
  }

 private:
  void mask(const PassContext& pass, const Tensor& from, Tensor& to) const {
    require(std::ssize(pass.sample_ids) == from.samples(), "dropout is told which samples it masks");
    parallel_for(gemms_.engine().threads(), from.samples(),
                 [&](std::int64_t n) { mask_sample(pass.step, pass.sample_ids[n], from.sample(n), to.sample(n)); });
    round_to_operands(gemms_, to.values());
  }

  void mask_sample(std::uint32_t step, std::uint32_t id, std::span<const float> from, std::span<float> to) const {
    for (std::size_t i = 0; i < from.size(); i += 4) {
      const auto words = random_.words(step, id, static_cast<std::uint32_t>(i));
      for (std::size_t k = i; k < std::min(i + 4, from.size()); ++k)
        to[k] = words[k - i] < kept_words_ ? from[k] * scale_ : 0.0F;
    }
  }

  SampleShape shape_;
  Random random_;
  std::uint64_t kept_words_;  ///< of 2^32
  float scale_;
  GemmRunner& gemms_;
};

const Registration<Layer> registration{
    "dropout", "drops values at random in training and scales the others to keep the mean", describe(probability),
    [](const Settings& settings, const LayerContext& context) { return std::make_unique<Dropout>(settings, context); }};

}  // namespace
}  // namespace acrtc::network
