#include "acrtc/dense/activation.hpp"

#include <iterator>

#include "acrtc/base/error.hpp"
#include "bound_primitive.hpp"

namespace acrtc::dense {
namespace {

using dnnl::algorithm;
using dnnl::memory;

algorithm function(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::relu:
      return algorithm::eltwise_relu_use_dst_for_bwd;
    case ActivationKind::tanh:
      return algorithm::eltwise_tanh_use_dst_for_bwd;
    case ActivationKind::sigmoid:
      return algorithm::eltwise_logistic_use_dst_for_bwd;
  }
  throw InternalError("unknown activation");
}

}  // namespace

struct Activation::State : PrimitivePairs {
  State(algorithm function, Engine& engine) : PrimitivePairs(engine), kind(function) {}

  PrimitivePair make(std::int64_t size) override {
    const memory::desc vector({size}, memory::data_type::f32, memory::format_tag::a);
    const dnnl::eltwise_forward::primitive_desc forward({dnnl::prop_kind::forward_training, kind, vector}, engine());
    const dnnl::eltwise_backward::primitive_desc backward({kind, vector, vector}, engine(), forward);
    return {{dnnl::eltwise_forward(forward), engine(), {{DNNL_ARG_SRC, vector}, {DNNL_ARG_DST, vector}}},
            {dnnl::eltwise_backward(backward),
             engine(),
             {{DNNL_ARG_DST, vector}, {DNNL_ARG_DIFF_DST, vector}, {DNNL_ARG_DIFF_SRC, vector}}}};
  }

  algorithm kind;
};

Activation::Activation(ActivationKind kind, Engine& engine) : state_(new State(function(kind), engine)) {}

Activation::~Activation() = default;

void Activation::forward(std::span<const float> x, std::span<float> y) {
  require(x.size() == y.size(), "an activation keeps the size");
  state_->forward(std::ssize(x), {x.data(), y.data()});
}

void Activation::backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  require(y.size() == dy.size() && dy.size() == dx.size(), "an activation keeps the size");
  state_->backward(std::ssize(y), {y.data(), dy.data(), dx.data()});
}

}  // namespace acrtc::dense
