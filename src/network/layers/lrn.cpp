#include "acrtc/dense/lrn.hpp"

#include "../fit.hpp"
#include "../fp32_copy.hpp"
#include "../local_response.hpp"

namespace acrtc::network {
namespace {

const Setting<std::int64_t> size{"size", 5, "channels, or rows and columns, that are averaged; odd", 1, 4095};
const Setting<double> alpha{"alpha", 1e-4, "weight of the mean of squares", 0, 1e6};
const Setting<double> beta{"beta", 0.75, "exponent of the divisor", 0, 100};
const Setting<double> offset{"offset", 1.0, "added to the mean of squares", 1e-6, 1e6};
const Setting<std::string> region{.name = "region",
                                  .fallback = "across_channels",
                                  .help = "what is averaged: neighbouring channels or neighbouring pixels",
                                  .choices = {"across_channels", "within_channel"}};

dense::LrnSpec read_spec(const Settings& settings, const LayerContext& context) {
  if (settings[size] % 2 == 0) settings.reject(size.name, "an even neighbourhood has no middle");
  return {.region = settings[region] == "across_channels" ? dense::LrnSpec::Region::across_channels
                                                          : dense::LrnSpec::Region::within_channel,
          .shape = only_input(context),
          .size = settings[size],
          .alpha = static_cast<float>(settings[alpha]),
          .beta = static_cast<float>(settings[beta]),
          .offset = static_cast<float>(settings[offset])};
}

/// By vectors of our own, which are faster where they apply.
class OwnLrn : public Layer {
 public:
  OwnLrn(const dense::LrnSpec& spec, const dense::Engine& engine) : spec_(spec), threads_(engine.threads()) {}

  SampleShape output_shape() const override { return spec_.shape; }

  void forward(const PassContext&, std::span<const Activations* const> in, Activations& out) override {
    normalize_responses(threads_, spec_, in[0]->values(), out.values());
  }

  void backward(const PassContext&, std::span<const Activations* const> in, const Activations&, Activations& d_out,
                std::span<Activations* const> d_in) override {
    differentiate_responses(threads_, spec_, in[0]->values(), d_out.values(), d_in[0]->values());
  }

 private:
  dense::LrnSpec spec_;
  int threads_;
};

/// By oneDNN.
class OnednnLrn : public Layer {
 public:
  OnednnLrn(const dense::LrnSpec& spec, dense::Engine& engine)
      : shape_(spec.shape), lrn_(spec, engine), engine_(engine) {}

  SampleShape output_shape() const override { return shape_; }

  void forward(const PassContext&, std::span<const Activations* const> in, Activations& out) override {
    lrn_.forward(out.samples(), x_.read(engine_, *in[0]).data(), y_.write(out).data());
    y_.finish(engine_, out);
  }

  void backward(const PassContext&, std::span<const Activations* const> in, const Activations&, Activations& d_out,
                std::span<Activations* const> d_in) override {
    lrn_.backward(d_out.samples(), x_.read(engine_, *in[0]).data(), y_.read(engine_, d_out).data(),
                  dx_.write(*d_in[0]).data());
    dx_.finish(engine_, *d_in[0]);
  }

  std::int64_t memory_bytes() const override {
    return lrn_.memory_bytes() + x_.memory_bytes() + y_.memory_bytes() + dx_.memory_bytes();
  }

 private:
  SampleShape shape_;
  dense::Lrn lrn_;
  dense::Engine& engine_;
  Fp32Copy x_, y_, dx_;  ///< y: or its gradient
};

std::unique_ptr<Layer> make_lrn(const Settings& settings, const LayerContext& context) {
  const dense::LrnSpec spec = read_spec(settings, context);
  if (is_two_roots_across(spec)) return std::make_unique<OwnLrn>(spec, context.engine);
  return std::make_unique<OnednnLrn>(spec, context.engine);
}

const Registration<Layer> registration{
    "lrn", "local response normalisation: divides by a power of the neighbours' mean square",
    describe(size, alpha, beta, offset, region), make_lrn};

}  // namespace
}  // namespace acrtc::network
