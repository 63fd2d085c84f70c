#include "acrtc/dense/softmax.hpp"

#include "bound_primitive.hpp"

namespace acrtc::dense {
namespace {

using dnnl::memory;
constexpr auto softmax_log = dnnl::algorithm::softmax_log;
constexpr int class_axis = 1;

}  // namespace

struct LogSoftmax::State : PrimitivePairs {
  State(std::int64_t n, Engine& engine) : PrimitivePairs(engine), classes(n) {}

  PrimitivePair make(std::int64_t samples) override {
    const memory::desc rows({samples, classes}, memory::data_type::f32, memory::format_tag::ab);
    const dnnl::softmax_v2_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, softmax_log, rows, rows, class_axis}, engine());
    const dnnl::softmax_v2_backward::primitive_desc backward({softmax_log, rows, rows, rows, class_axis}, engine(),
                                                             forward);
    return {{dnnl::softmax_v2_forward(forward), engine(), {{DNNL_ARG_SRC, rows}, {DNNL_ARG_DST, rows}}},
            {dnnl::softmax_v2_backward(backward),
             engine(),
             {{DNNL_ARG_DST, rows}, {DNNL_ARG_DIFF_DST, rows}, {DNNL_ARG_DIFF_SRC, rows}}}};
  }

  std::int64_t classes;
};

LogSoftmax::LogSoftmax(std::int64_t classes, Engine& engine) : state_(new State(classes, engine)) {}

LogSoftmax::~LogSoftmax() = default;

void LogSoftmax::forward(std::int64_t samples, const float* x, float* y) { state_->forward(samples, {x, y}); }

void LogSoftmax::backward(std::int64_t samples, const float* y, const float* dy, float* dx) {
  state_->backward(samples, {y, dy, dx});
}

}  // namespace acrtc::dense
