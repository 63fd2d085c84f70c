#include "acrtc/dense/softmax.hpp"

#include "bound_primitive.hpp"
#include "engine_state.hpp"

namespace acrtc::dense {
namespace {

using dnnl::memory;
constexpr auto softmax_log = dnnl::algorithm::softmax_log;
constexpr int class_axis = 1;

}  // namespace

struct LogSoftmax::State {
  std::int64_t classes;
  Engine& engine;
  PrimitivePairs pairs;

  PrimitivePair& get(std::int64_t samples) {
    return pairs.get(samples, [this](std::int64_t n) { return make(n); });
  }

  PrimitivePair make(std::int64_t samples) const {
    const memory::desc rows({samples, classes}, memory::data_type::f32, memory::format_tag::ab);
    const dnnl::engine& eng = engine.state().engine;
    const dnnl::softmax_v2_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, softmax_log, rows, rows, class_axis}, eng);
    const dnnl::softmax_v2_backward::primitive_desc backward({softmax_log, rows, rows, rows, class_axis}, eng, forward);
    return {{dnnl::softmax_v2_forward(forward), eng, {{DNNL_ARG_SRC, rows}, {DNNL_ARG_DST, rows}}},
            {dnnl::softmax_v2_backward(backward),
             eng,
             {{DNNL_ARG_DST, rows}, {DNNL_ARG_DIFF_DST, rows}, {DNNL_ARG_DIFF_SRC, rows}}}};
  }
};

LogSoftmax::LogSoftmax(std::int64_t classes, Engine& engine) : state_(new State{classes, engine, {}}) {}

LogSoftmax::~LogSoftmax() = default;

void LogSoftmax::forward(std::int64_t samples, const float* x, float* y) {
  state_->get(samples).forward.run(state_->engine.state().stream, {x, y});
}

void LogSoftmax::backward(std::int64_t samples, const float* y, const float* dy, float* dx) {
  state_->get(samples).backward.run(state_->engine.state().stream, {y, dy, dx});
}

}  // namespace acrtc::dense
