#include "acrtc/dense/matmul.hpp"

#include <omp.h>

#include <array>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/tensor.hpp"
#include "engine_state.hpp"

namespace acrtc::dense {
namespace {

using dnnl::memory;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

memory::data_type data_type(Element element) {
  return element == Element::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

/// BA16a64b2a for bf16, BA16a64b for f32: oneDNN's names for the panels of matmul.hpp.
memory::format_tag panel_tag(Element element) {
  return element == Element::bf16 ? memory::format_tag::BA16a64b2a : memory::format_tag::BA16a64b;
}

/// The thread count at creation decides how a oneDNN primitive cuts its work; ours are made for one thread.
class OneThread {
 public:
  OneThread() { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(threads_); }

 private:
  int threads_ = omp_get_max_threads();
};

}  // namespace

std::int64_t panel_size(std::int64_t k, Element element) {
  return round_up(k, element == Element::bf16 ? 32 : 16) * panel_width;
}

std::int64_t packed_size(std::int64_t k, std::int64_t n, Element element) {
  return round_up(n, panel_width) / panel_width * panel_size(k, element);
}

struct Matmul::State {
  dnnl::matmul primitive;
  /// Memory objects are cheap to point elsewhere but not to make: one set a thread.
  struct Thread {
    dnnl::stream stream;
    memory a, b, c, scratchpad;
    std::array<dnnl_exec_arg_t, 4> arguments;
  };
  std::vector<Thread> threads;
};

Matmul::Matmul(const MatmulSpec& spec, Engine& engine) : state_(std::make_unique<State>()) {
  const OneThread guard;
  const dnnl::engine& eng = engine.state().engine;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (spec.write == MatmulSpec::Write::accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0F);
    attributes.set_post_ops(sum);
  }
  const memory::desc a({spec.m, spec.k}, data_type(spec.element), memory::dims{spec.a_stride, 1});
  const memory::desc b({spec.k, spec.n}, data_type(spec.element), panel_tag(spec.element));
  const memory::desc c({spec.m, spec.n}, memory::data_type::f32, memory::dims{spec.c_stride, 1});
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, b, c), attributes, eng);
  state_->primitive = dnnl::matmul(description);
  for (int t = 0; t < engine.threads(); ++t) {
    auto& thread = state_->threads.emplace_back();
    thread.stream = dnnl::stream(eng);
    thread.a = memory(a, eng, nullptr);
    thread.b = memory(b, eng, nullptr);
    thread.c = memory(c, eng, nullptr);
    thread.scratchpad = memory(description.scratchpad_desc(), eng);
    thread.arguments = {{{DNNL_ARG_SRC, thread.a.get()},
                         {DNNL_ARG_WEIGHTS, thread.b.get()},
                         {DNNL_ARG_DST, thread.c.get()},
                         {DNNL_ARG_SCRATCHPAD, thread.scratchpad.get()}}};
  }
}

Matmul::~Matmul() = default;

void Matmul::run(int thread, const void* a, const void* b_packed, float* c) {
  auto& own = state_->threads[static_cast<std::size_t>(thread)];
  // The C interface takes non-const handles for sources too; oneDNN does not write to them.
  own.a.set_data_handle(const_cast<void*>(a));
  own.b.set_data_handle(const_cast<void*>(b_packed));
  own.c.set_data_handle(c);
  const auto status = dnnl_primitive_execute(state_->primitive.get(), own.stream.get(),
                                             static_cast<int>(own.arguments.size()), own.arguments.data());
  require(status == dnnl_success, "oneDNN could not run a matrix multiplication");
}

Matmul& Matmul::get(const MatmulSpec& spec, Engine& engine) {
  auto& state = engine.state();
  const std::lock_guard lock(state.mutex);
  auto& slot = state.matmuls[spec];
  if (!slot) slot = std::make_unique<Matmul>(spec, engine);
  return *slot;
}

}  // namespace acrtc::dense
