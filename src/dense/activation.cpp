#include "acrtc/dense/activation.hpp"

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
  State(algorithm function, Element of, Engine& engine) : PrimitivePairs(engine), kind(function), element(of) {}

  PrimitivePair make(std::int64_t size) override {
    const memory::desc vector({size}, data_type(element), memory::format_tag::a);
    const dnnl::eltwise_forward::primitive_desc forward({dnnl::prop_kind::forward_training, kind, vector}, engine());
    const dnnl::eltwise_backward::primitive_desc backward({kind, vector, vector}, engine(), forward);
    return {{dnnl::eltwise_forward(forward), engine(), {{DNNL_ARG_SRC, vector}, {DNNL_ARG_DST, vector}}},
            {dnnl::eltwise_backward(backward),
             engine(),
             {{DNNL_ARG_DST, vector}, {DNNL_ARG_DIFF_DST, vector}, {DNNL_ARG_DIFF_SRC, vector}}}};
  }

  algorithm kind;
  Element element;
};

Activation::Activation(ActivationKind kind, Element element, Engine& engine)
    : state_(new State(function(kind), element, engine)) {}

Activation::~Activation() = default;

void Activation::forward(std::int64_t size, const void* x, void* y) { state_->forward(size, {x, y}); }

void Activation::backward(std::int64_t size, const void* y, const void* dy, void* dx) {
  state_->backward(size, {y, dy, dx});
}

}  // namespace acrtc::dense
