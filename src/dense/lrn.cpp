#include "acrtc/dense/lrn.hpp"

#include "acrtc/base/error.hpp"
#include "bound_primitive.hpp"

namespace acrtc::dense {

using dnnl::memory;

struct Lrn::State : PrimitivePairs {
  State(const LrnSpec& lrn, Engine& engine) : PrimitivePairs(engine), spec(lrn) {}

  PrimitivePair make(std::int64_t samples) override {
    const memory::desc x = images(samples, spec.shape);
    const auto kind = spec.region == LrnSpec::Region::across_channels ? dnnl::algorithm::lrn_across_channels
                                                                      : dnnl::algorithm::lrn_within_channel;
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

Lrn::Lrn(const LrnSpec& spec, Engine& engine) : state_(new State(spec, engine)) {
  require(spec.size % 2 == 1, "the normalised neighbourhood has a middle");
}

Lrn::~Lrn() = default;

void Lrn::forward(std::int64_t samples, const float* x, float* y) { state_->forward(samples, {x, y}); }

void Lrn::backward(std::int64_t samples, const float* x, const float* dy, float* dx) {
  state_->backward(samples, {x, dy, dx});
}

std::int64_t Lrn::memory_bytes() const { return static_cast<std::int64_t>(state_->workspace_bytes()); }

}  // namespace acrtc::dense
