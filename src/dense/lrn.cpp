#include "acrtc/dense/lrn.hpp"

#include <string_view>

#include "acrtc/base/error.hpp"
#include "bound_primitive.hpp"

namespace acrtc::dense {

using dnnl::memory;
using Layout = memory::format_tag;

namespace {

struct Descriptions {
  dnnl::lrn_forward::primitive_desc forward;
  dnnl::lrn_backward::primitive_desc backward;
};

memory::desc images_in(Layout layout, std::int64_t samples, const SampleShape& shape) {
  return {{samples, shape.channels, shape.height, shape.width}, memory::data_type::f32, layout};
}

Descriptions describe(const LrnSpec& spec, const memory::desc& x, const dnnl::engine& engine) {
  const auto kind = spec.region == LrnSpec::Region::across_channels ? dnnl::algorithm::lrn_across_channels
                                                                    : dnnl::algorithm::lrn_within_channel;
  const dnnl::lrn_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, kind, x, spec.size, spec.alpha, spec.beta, spec.offset}, engine);
  return {forward, {{kind, x, x, spec.size, spec.alpha, spec.beta, spec.offset}, engine, forward}};
}

/// The blocks of channels for which oneDNN has a kernel in both directions; plain images where it has only reference
/// code, many times slower, for any layout.
Layout layout_of(const LrnSpec& spec, const dnnl::engine& engine) {
  const auto is_reference = [](std::string_view implementation) { return implementation.starts_with("lrn_ref"); };
  for (const Layout layout : {Layout::nChw16c, Layout::nChw8c}) {
    const Descriptions made = describe(spec, images_in(layout, 1, spec.shape), engine);
    if (!is_reference(made.forward.impl_info_str()) && !is_reference(made.backward.impl_info_str())) return layout;
  }
  return Layout::nchw;
}

class Normalization : public PrimitivePairs {
 public:
  Normalization(const LrnSpec& spec, Layout layout, Engine& engine)
      : PrimitivePairs(engine), spec_(spec), layout_(layout) {}

 private:
  PrimitivePair make(std::int64_t samples) override {
    const memory::desc x = images_in(layout_, samples, spec_.shape);
    const auto [forward, backward] = describe(spec_, x, engine());
    const memory::desc workspace = forward.workspace_desc();
    return {
        {dnnl::lrn_forward(forward), engine(), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, x}, {DNNL_ARG_WORKSPACE, workspace}}},
        {dnnl::lrn_backward(backward),
         engine(),
         {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, x}, {DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_WORKSPACE, workspace}}},
        workspace.get_size()};
  }

  LrnSpec spec_;
  Layout layout_;
};

/// Images into blocks of channels, and back.
class Blocking : public PrimitivePairs {
 public:
  Blocking(const SampleShape& shape, Layout layout, Engine& engine)
      : PrimitivePairs(engine), shape_(shape), layout_(layout) {}

 private:
  PrimitivePair make(std::int64_t samples) override {
    const memory::desc plain = images_in(Layout::nchw, samples, shape_), blocked = images_in(layout_, samples, shape_);
    return {{reorder(plain, blocked), engine(), {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, blocked}}},
            {reorder(blocked, plain), engine(), {{DNNL_ARG_FROM, blocked}, {DNNL_ARG_TO, plain}}}};
  }

  dnnl::reorder reorder(const memory::desc& from, const memory::desc& to) const {
    return dnnl::reorder(dnnl::reorder::primitive_desc(engine(), from, engine(), to));
  }

  SampleShape shape_;
  Layout layout_;
};

}  // namespace

struct Lrn::State {
  State(const LrnSpec& spec, Engine& engine, Layout of)
      : layout(of), shape(spec.shape), normalization(spec, of, engine), blocking(spec.shape, of, engine) {}

  void reserve(std::int64_t samples) {
    for (auto* buffer : {&x, &y, &dx}) buffer->reserve(images_in(layout, samples, shape).get_size() / sizeof(float));
  }

  Layout layout;
  SampleShape shape;
  Normalization normalization;
  Blocking blocking;
  AlignedBuffer<float> x, y, dx;  ///< blocked: x of the last forward(), y or dy, dx
};

Lrn::Lrn(const LrnSpec& spec, Engine& engine)
    : state_(new State(spec, engine, layout_of(spec, engine.state().engine))) {
  require(spec.size % 2 == 1, "the normalised neighbourhood has a middle");
}

Lrn::~Lrn() = default;

void Lrn::forward(std::int64_t samples, const float* x, float* y) {
  State& own = *state_;
  if (own.layout == Layout::nchw) return own.normalization.forward(samples, {x, y});
  own.reserve(samples);
  own.blocking.forward(samples, {x, own.x.data()});
  own.normalization.forward(samples, {own.x.data(), own.y.data()});
  own.blocking.backward(samples, {own.y.data(), y});
}

void Lrn::backward(std::int64_t samples, const float* x, const float* dy, float* dx) {
  State& own = *state_;
  if (own.layout == Layout::nchw) return own.normalization.backward(samples, {x, dy, dx});
  own.blocking.forward(samples, {dy, own.y.data()});
  own.normalization.backward(samples, {own.x.data(), own.y.data(), own.dx.data()});
  own.blocking.backward(samples, {own.dx.data(), dx});
}

std::int64_t Lrn::memory_bytes() const {
  const State& own = *state_;
  const std::size_t blocked = own.x.size() + own.y.size() + own.dx.size();
  return static_cast<std::int64_t>(own.normalization.workspace_bytes() + blocked * sizeof(float));
}

}  // namespace acrtc::dense
