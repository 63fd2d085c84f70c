#include "acrtc/dense/matmul.hpp"

#include <omp.h>

#include <cstddef>
#include <vector>

#include "acrtc/base/error.hpp"
#include "engine_state.hpp"

namespace acrtc::dense {
namespace {

using dnnl::memory;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

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

namespace {

/// A oneDNN matrix multiplication with one set of memory objects a thread: they are cheap to point elsewhere, not to
/// make.
class Piece {
 public:
  Piece(const MatmulSpec& spec, std::int64_t n, const memory::desc& b, Engine& engine) {
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
    const memory::desc c({spec.m, n}, memory::data_type::f32, memory::dims{spec.c_stride, 1});
    expect_memory_for_a_primitive();
    const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, b, c), attributes, eng);
    primitive_ = dnnl::matmul(description);
    for (int t = 0; t < engine.threads(); ++t)
      threads_.push_back({dnnl::stream(eng), memory(a, eng, nullptr), memory(b, eng, nullptr), memory(c, eng, nullptr),
                          memory(description.scratchpad_desc(), eng)});
  }

  void run(int thread, const void* a, const void* b, float* c) {
    Thread& own = threads_[static_cast<std::size_t>(thread)];
    // oneDNN takes non-const handles for sources too; it does not write to them.
    own.a.set_data_handle(const_cast<void*>(a));
    own.b.set_data_handle(const_cast<void*>(b));
    own.c.set_data_handle(c);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, own.a.get()},
                                         {DNNL_ARG_WEIGHTS, own.b.get()},
                                         {DNNL_ARG_DST, own.c.get()},
                                         {DNNL_ARG_SCRATCHPAD, own.scratchpad.get()}};
    const auto status = dnnl_primitive_execute(primitive_.get(), own.stream.get(), 4, arguments);
    require(status == dnnl_success, "oneDNN could not run a matrix multiplication");
  }

 private:
  struct Thread {
    dnnl::stream stream;
    memory a, b, c, scratchpad;
  };
  dnnl::matmul primitive_;
  std::vector<Thread> threads_;
};

bool has_avx512() { return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core; }

}  // namespace

/// With AVX-512 oneDNN multiplies all panels in one call. Without it, it has no kernel for panels, but one (FP32) panel
/// is a plain row-major matrix, and a call a panel does.
struct Matmul::State {
  std::unique_ptr<Piece> whole, tail;
  std::int64_t whole_pieces = 0;
  std::int64_t panel_bytes = 0;
};

Matmul::Matmul(const MatmulSpec& spec, Engine& engine) : state_(std::make_unique<State>()) {
  const auto type = data_type(spec.element);
  if (has_avx512()) {
    const memory::desc b({spec.k, spec.n}, type, panel_tag(spec.element));
    state_->whole = std::make_unique<Piece>(spec, spec.n, b, engine);
    state_->whole_pieces = 1;
    return;
  }
  require(spec.element == Element::f32, "this CPU multiplies FP32 operands only");
  const auto make = [&](std::int64_t n) {
    const memory::desc b({spec.k, n}, type, memory::dims{panel_width, 1});
    return std::make_unique<Piece>(spec, n, b, engine);
  };
  state_->whole_pieces = spec.n / panel_width;
  state_->panel_bytes = panel_size(spec.k, spec.element) * static_cast<std::int64_t>(sizeof(float));
  if (state_->whole_pieces > 0) state_->whole = make(panel_width);
  if (spec.n % panel_width != 0) state_->tail = make(spec.n % panel_width);
}

Matmul::~Matmul() = default;

void Matmul::run(int thread, const void* a, const void* b_packed, float* c) {
  const auto* b = static_cast<const std::byte*>(b_packed);
  for (std::int64_t piece = 0; piece < state_->whole_pieces; ++piece) {
    state_->whole->run(thread, a, b, c);
    b += state_->panel_bytes;
    c += panel_width;
  }
  if (state_->tail) state_->tail->run(thread, a, b, c);
}

Matmul& Matmul::get(const MatmulSpec& spec, Engine& engine) {
  auto& state = engine.state();
  const std::lock_guard lock(state.mutex);
  auto& slot = state.matmuls[spec];
  if (!slot) slot = std::make_unique<Matmul>(spec, engine);
  return *slot;
}

}  // namespace acrtc::dense
