#include "acrtc/dense/pooling.hpp"

#include <algorithm>
#include <cstddef>

#include "acrtc/base/error.hpp"
#include "bound_primitive.hpp"
#include "engine_state.hpp"

namespace acrtc::dense {
namespace {

using dnnl::algorithm;
using dnnl::memory;

memory::desc tensor(std::int64_t samples, const SampleShape& shape) {
  return {{samples, shape.channels, shape.height, shape.width}, memory::data_type::f32, memory::format_tag::nchw};
}

/// How far the last window reaches past the end; a remainder that no window covers counts as zero.
std::int64_t overhang(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                      std::int64_t pad) {
  return std::max<std::int64_t>(0, (output - 1) * stride + kernel - input - pad);
}

}  // namespace

struct Pooling::State {
  PoolingSpec spec;
  Engine& engine;
  PrimitivePairs pairs;
  AlignedBuffer<std::byte> workspace;  ///< of the last forward(), as large as the largest batch needs

  PrimitivePair& get(std::int64_t samples) {
    return pairs.get(samples, [this](std::int64_t n) { return make(n); });
  }

  PrimitivePair make(std::int64_t samples) {
    const bool max = spec.kind == PoolingSpec::Kind::max;
    const auto kind = max ? algorithm::pooling_max : algorithm::pooling_avg_exclude_padding;
    const memory::desc x = tensor(samples, spec.input), y = tensor(samples, spec.output);
    const memory::dims stride{spec.stride_h, spec.stride_w}, kernel{spec.kernel_h, spec.kernel_w};
    const memory::dims before{spec.pad_h, spec.pad_w};
    const memory::dims after{overhang(spec.input.height, spec.output.height, spec.kernel_h, spec.stride_h, spec.pad_h),
                             overhang(spec.input.width, spec.output.width, spec.kernel_w, spec.stride_w, spec.pad_w)};
    const dnnl::engine& eng = engine.state().engine;
    const dnnl::pooling_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kind, x, y, stride, kernel, before, after}, eng);
    const dnnl::pooling_backward::primitive_desc backward({kind, x, y, stride, kernel, before, after}, eng, forward);
    if (!max)
      return {{dnnl::pooling_forward(forward), eng, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}}},
              {dnnl::pooling_backward(backward), eng, {{DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_DIFF_SRC, x}}}};
    const memory::desc largest = forward.workspace_desc();
    workspace.reserve(largest.get_size());
    return {
        {dnnl::pooling_forward(forward), eng, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_WORKSPACE, largest}}},
        {dnnl::pooling_backward(backward),
         eng,
         {{DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_WORKSPACE, largest}}}};
  }

  void run(BoundPrimitive& primitive, const float* from, float* to) {
    if (spec.kind == PoolingSpec::Kind::max)
      primitive.run(engine.state().stream, {from, to, workspace.data()});
    else
      primitive.run(engine.state().stream, {from, to});
  }
};

Pooling::Pooling(const PoolingSpec& spec, Engine& engine) : state_(new State{spec, engine, {}, {}}) {
  require(spec.pad_h < spec.kernel_h && spec.pad_w < spec.kernel_w, "every pooling window covers an input");
}

Pooling::~Pooling() = default;

void Pooling::forward(std::int64_t samples, const float* x, float* y) {
  state_->run(state_->get(samples).forward, x, y);
}

void Pooling::backward(std::int64_t samples, const float* dy, float* dx) {
  state_->run(state_->get(samples).backward, dy, dx);
}

std::int64_t Pooling::memory_bytes() const { return static_cast<std::int64_t>(state_->workspace.size()); }

}  // namespace acrtc::dense
