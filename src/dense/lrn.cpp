#include "acrtc/dense/lrn.hpp"

#include "acrtc/base/error.hpp"
#include "bound_primitive.hpp"
#include "channel_lrn.hpp"

namespace acrtc::dense {

using dnnl::memory;

/// Within channels: oneDNN's own.
struct PixelLrn : PrimitivePairs {
  PixelLrn(const LrnSpec& lrn, Engine& engine) : PrimitivePairs(engine), spec(lrn) {}

  PrimitivePair make(std::int64_t samples) override {
    const auto kind = dnnl::algorithm::lrn_within_channel;
    const memory::desc x = images(samples, spec.shape);
    const dnnl::lrn_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kind, x, spec.size, spec.alpha, spec.beta, spec.offset}, engine());
    const dnnl::lrn_backward::primitive_desc backward({kind, x, x, spec.size, spec.alpha, spec.beta, spec.offset},
                                                      engine(), forward);
    const memory::desc workspace = forward.workspace_desc();
    return {
        {dnnl::lrn_forward(forward), engine(), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, x}, {DNNL_ARG_WORKSPACE, workspace}}},
        {dnnl::lrn_backward(backward),
         engine(),
         {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, x}, {DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_WORKSPACE, workspace}}},
        workspace.get_size()};
  }

  LrnSpec spec;
};

struct Lrn::State {
  State(const LrnSpec& spec, Engine& engine) : threads(engine.threads()) {
    if (spec.region == LrnSpec::Region::across_channels)
      channels = std::make_unique<ChannelLrn>(spec);
    else
      pixels = std::make_unique<PixelLrn>(spec, engine);
  }

  int threads;
  std::unique_ptr<ChannelLrn> channels;  ///< one of the two
  std::unique_ptr<PixelLrn> pixels;
};

Lrn::Lrn(const LrnSpec& spec, Engine& engine) : state_(new State(spec, engine)) {
  require(spec.size % 2 == 1, "the normalised neighbourhood has a middle");
}

Lrn::~Lrn() = default;

void Lrn::forward(std::int64_t samples, const float* x, float* y) {
  if (state_->channels) return state_->channels->forward(samples, x, y, state_->threads);
  state_->pixels->forward(samples, {x, y});
}

void Lrn::backward(std::int64_t samples, const float* x, const float* dy, float* dx) {
  if (state_->channels) return state_->channels->backward(samples, x, dy, dx, state_->threads);
  state_->pixels->backward(samples, {x, dy, dx});
}

std::int64_t Lrn::memory_bytes() const {
  return state_->channels ? state_->channels->memory_bytes()
                          : static_cast<std::int64_t>(state_->pixels->workspace_bytes());
}

}  // namespace acrtc::dense
