#include "acrtc/dense/pooling.hpp"

#include <algorithm>

#include "acrtc/base/error.hpp"
#include "bound_primitive.hpp"

namespace acrtc::dense {
namespace {

using dnnl::algorithm;
using dnnl::memory;

/// How far the last window reaches past the end; a remainder that no window covers counts as zero.
std::int64_t overhang(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                      std::int64_t pad) {
  return std::max<std::int64_t>(0, (output - 1) * stride + kernel - input - pad);
}

}  // namespace

struct Pooling::State : PrimitivePairs {
  State(const PoolingSpec& pooling, Engine& engine) : PrimitivePairs(engine), spec(pooling) {}

  PrimitivePair make(std::int64_t samples) override {
    const auto kind =
        spec.kind == PoolingSpec::Kind::max ? algorithm::pooling_max : algorithm::pooling_avg_exclude_padding;
    const memory::desc x = images(samples, spec.input, spec.element), y = images(samples, spec.output, spec.element);
    const memory::dims stride{spec.stride_h, spec.stride_w}, kernel{spec.kernel_h, spec.kernel_w};
    const memory::dims before{spec.pad_h, spec.pad_w};
    const memory::dims after{overhang(spec.input.height, spec.output.height, spec.kernel_h, spec.stride_h, spec.pad_h),
                             overhang(spec.input.width, spec.output.width, spec.kernel_w, spec.stride_w, spec.pad_w)};
    const dnnl::pooling_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kind, x, y, stride, kernel, before, after}, engine());
    const dnnl::pooling_backward::primitive_desc backward({kind, x, y, stride, kernel, before, after}, engine(),
                                                          forward);
    const memory::desc workspace = forward.workspace_desc();
    return {{dnnl::pooling_forward(forward),
             engine(),
             {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_WORKSPACE, workspace}}},
            {dnnl::pooling_backward(backward),
             engine(),
             {{DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_WORKSPACE, workspace}}},
            workspace.get_size()};
  }

  PoolingSpec spec;
};

Pooling::Pooling(const PoolingSpec& spec, Engine& engine) : state_(new State(spec, engine)) {
  require(spec.pad_h < spec.kernel_h && spec.pad_w < spec.kernel_w, "every pooling window covers an input");
}

Pooling::~Pooling() = default;

void Pooling::forward(std::int64_t samples, const void* x, void* y) { state_->forward(samples, {x, y}); }

void Pooling::backward(std::int64_t samples, const void* dy, void* dx) { state_->backward(samples, {dy, dx}); }

std::int64_t Pooling::memory_bytes() const { return static_cast<std::int64_t>(state_->workspace_bytes()); }

}  // namespace acrtc::dense
