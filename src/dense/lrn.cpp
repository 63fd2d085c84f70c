#include "acrtc/dense/lrn.hpp"

#include <cstddef>

#include "acrtc/base/error.hpp"
#include "bound_primitive.hpp"
#include "engine_state.hpp"

namespace acrtc::dense {

using dnnl::memory;

struct Lrn::State {
  LrnSpec spec;
  Engine& engine;
  PrimitivePairs pairs;
  AlignedBuffer<std::byte> workspace;  ///< of the last forward(), as large as the largest batch needs

  PrimitivePair& get(std::int64_t samples) {
    return pairs.get(samples, [this](std::int64_t n) { return make(n); });
  }

  PrimitivePair make(std::int64_t samples) {
    const memory::desc x({samples, spec.shape.channels, spec.shape.height, spec.shape.width}, memory::data_type::f32,
                         memory::format_tag::nchw);
    const auto kind = spec.region == LrnSpec::Region::across_channels ? dnnl::algorithm::lrn_across_channels
                                                                      : dnnl::algorithm::lrn_within_channel;
    const dnnl::engine& eng = engine.state().engine;
    const dnnl::lrn_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kind, x, spec.size, spec.alpha, spec.beta, spec.offset}, eng);
    const dnnl::lrn_backward::primitive_desc backward({kind, x, x, spec.size, spec.alpha, spec.beta, spec.offset}, eng,
                                                      forward);
    const memory::desc kept = forward.workspace_desc();
    workspace.reserve(kept.get_size());
    return {{dnnl::lrn_forward(forward), eng, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, x}, {DNNL_ARG_WORKSPACE, kept}}},
            {dnnl::lrn_backward(backward),
             eng,
             {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, x}, {DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_WORKSPACE, kept}}}};
  }
};

Lrn::Lrn(const LrnSpec& spec, Engine& engine) : state_(new State{spec, engine, {}, {}}) {
  require(spec.size % 2 == 1, "the normalised neighbourhood has a middle");
}

Lrn::~Lrn() = default;

void Lrn::forward(std::int64_t samples, const float* x, float* y) {
  State& own = *state_;
  own.get(samples).forward.run(own.engine.state().stream, {x, y, own.workspace.data()});
}

void Lrn::backward(std::int64_t samples, const float* x, const float* dy, float* dx) {
  State& own = *state_;
  own.get(samples).backward.run(own.engine.state().stream, {x, dy, dx, own.workspace.data()});
}

std::int64_t Lrn::memory_bytes() const { return static_cast<std::int64_t>(state_->workspace.size()); }

}  // namespace acrtc::dense
