#include <algorithm>
#include <cmath>
#include <vector>

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
        engine_(context.engine) {}

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) override {
    if (pass.mode == Mode::training)
      mask(pass, *in[0], out);
    else
      copy(engine_, in[0]->values(), out.values());
  }

  void backward(const PassContext& pass, std::span<const Activations* const>, const Activations&, Activations& d_out,
                std::span<Activations* const> d_in) override {
    mask(pass, d_out, *d_in[0]);
  }

 private:
  void mask(const PassContext& pass, const Activations& from, Activations& to) const {
    require(std::ssize(pass.sample_ids) == from.samples(), "dropout is told which samples it masks");
    parallel_for(engine_.threads(), from.samples(), [&](std::int64_t n) {
      std::vector<float> numbers(static_cast<std::size_t>(shape_.elements()));
      reuse::widen(from.sample(n), numbers.data());
      mask_sample(pass.step, pass.sample_ids[n], numbers);
      reuse::round_into(numbers.data(), to.sample(n));
    });
  }

  void mask_sample(std::uint32_t step, std::uint32_t id, std::span<float> numbers) const {
    for (std::size_t i = 0; i < numbers.size(); i += 4) {
      const auto words = random_.words(step, id, static_cast<std::uint32_t>(i));
      for (std::size_t k = i; k < std::min(i + 4, numbers.size()); ++k)
        numbers[k] = words[k - i] < kept_words_ ? numbers[k] * scale_ : 0.0F;
    }
  }

  SampleShape shape_;
  Random random_;
  std::uint64_t kept_words_;  ///< of 2^32
  float scale_;
  dense::Engine& engine_;
};

const Registration<Layer> registration{
    "dropout", "drops values at random in training and scales the others to keep the mean", describe(probability),
    [](const Settings& settings, const LayerContext& context) { return std::make_unique<Dropout>(settings, context); }};

}  // namespace
}  // namespace acrtc::network
