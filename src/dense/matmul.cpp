#include "acrtc/dense/matmul.hpp"

#include <omp.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
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

/// The thread count when a oneDNN primitive is made, and with some when it runs, decides how it cuts its work; ours are
/// for one thread.
class OneThread {
 public:
  OneThread() { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(threads_); }

 private:
  int threads_ = omp_get_max_threads();
};

/// How oneDNN would multiply this shape, B lying as `b` says.
dnnl::matmul::primitive_desc describe(const MatmulSpec& spec, const memory::desc& b, Engine& engine) {
  const OneThread guard;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (spec.write == MatmulSpec::Write::accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0F);
    attributes.set_post_ops(sum);
  }
  const memory::desc a({spec.m, spec.k}, data_type(spec.element), memory::format_tag::ab);
  const memory::desc c({spec.m, spec.n}, memory::data_type::f32, memory::format_tag::ab);
  expect_memory_for_a_primitive();
  return {dnnl::matmul::desc(a, b, c), attributes, engine.state().engine};
}

/// A oneDNN matrix multiplication with one set of memory objects a thread: they are cheap to point elsewhere, not to
/// make.
class Piece {
 public:
  Piece(const dnnl::matmul::primitive_desc& description, Engine& engine) {
    const OneThread guard;
    const dnnl::engine& eng = engine.state().engine;
    primitive_ = dnnl::matmul(description);
    for (int t = 0; t < engine.threads(); ++t)
      threads_.push_back({dnnl::stream(eng), memory(description.src_desc(), eng, nullptr),
                          memory(description.weights_desc(), eng, nullptr),
                          memory(description.dst_desc(), eng, nullptr), memory(description.scratchpad_desc(), eng)});
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
    const OneThread guard;
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

/// A product worked out as part of one whose shape oneDNN's usual kernel takes: of more rows, in pieces of whole
/// panels.
class PaddedProduct {
 public:
  /// `rows` >= spec.m and `columns` are those of `piece`; B is `columns` of it after the other.
  PaddedProduct(const MatmulSpec& spec, std::int64_t rows, std::int64_t columns,
                const dnnl::matmul::primitive_desc& piece, Engine& engine)
      : spec_(spec), columns_(columns), is_tall_(rows > spec.m), piece_(piece, engine) {
    for (int t = 0; t < engine.threads(); ++t)
      threads_.push_back({std::vector<std::byte>(is_tall_ ? piece.src_desc().get_size() : 0),
                          std::vector<float>(static_cast<std::size_t>(rows * columns))});
  }

  void run(int thread, const void* a, const std::byte* b, float* c) {
    Thread& own = threads_[static_cast<std::size_t>(thread)];
    const std::int64_t element = spec_.element == Element::bf16 ? 2 : 4;
    if (is_tall_) std::memcpy(own.a.data(), a, static_cast<std::size_t>(spec_.m * spec_.k * element));
    for (std::int64_t begin = 0; begin < spec_.n; begin += columns_) {
      const std::int64_t columns = std::min(columns_, spec_.n - begin);
      if (spec_.write == MatmulSpec::Write::accumulate) copy(columns, c + begin, spec_.n, own.c.data(), columns_);
      piece_.run(thread, is_tall_ ? own.a.data() : a, b, own.c.data());
      copy(columns, own.c.data(), columns_, c + begin, spec_.n);
      b += columns_ / panel_width * panel_size(spec_.k, spec_.element) * element;
    }
  }

 private:
  struct Thread {
    std::vector<std::byte> a;
    std::vector<float> c;
  };

  void copy(std::int64_t columns, const float* from, std::int64_t from_row, float* to, std::int64_t to_row) const {
    for (std::int64_t i = 0; i < spec_.m; ++i) std::copy_n(from + i * from_row, columns, to + i * to_row);
  }

  MatmulSpec spec_;
  std::int64_t columns_;
  bool is_tall_;
  Piece piece_;
  std::vector<Thread> threads_;
};

bool has_avx512() { return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core; }

/// Rows that are enough for oneDNN's usual kernel.
constexpr std::int64_t tall_rows = 64;
/// Rows that oneDNN's kernels for older CPUs take at a time; those that are left over get other ones.
constexpr std::int64_t older_rows = 6;

}  // namespace

/// AMX kernels of oneDNN 2.6 are wrong where rows of A end inside a tile: one made for k = 63 stops the program, and
/// long odd k are summed in an order of each shape's own.
std::int64_t k_grain(Element element) {
  if (element == Element::f32) return 1;
  return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core_amx ? 32 : 2;
}

std::int64_t panel_size(std::int64_t k, Element element) {
  return round_up(k, element == Element::bf16 ? 32 : 16) * panel_width;
}

std::int64_t packed_size(std::int64_t k, std::int64_t n, Element element) {
  return round_up(n, panel_width) / panel_width * panel_size(k, element);
}

struct Matmul::State {
  std::unique_ptr<Piece> product;  ///< one of the two
  std::unique_ptr<PaddedProduct> padded;
};

/// With AVX-512 oneDNN multiplies all panels in one call, by one kernel but for a few results. Without it, it has no
/// kernel for panels and sums by the shape; but one (FP32) panel is a plain row-major matrix, and a call a panel does.
Matmul::Matmul(const MatmulSpec& spec, Engine& engine) : state_(std::make_unique<State>()) {
  require(spec.k % k_grain(spec.element) == 0, "the inner size of a product is padded");
  const auto type = data_type(spec.element);
  MatmulSpec usual = spec;
  if (has_avx512()) {
    const memory::desc b({spec.k, spec.n}, type, panel_tag(spec.element));
    const auto description = describe(spec, b, engine);
    usual.m = std::max(spec.m, tall_rows);
    const auto tall = describe(usual, b, engine);
    if (std::string_view(description.impl_info_str()) == tall.impl_info_str())
      state_->product = std::make_unique<Piece>(description, engine);
    else
      state_->padded = std::make_unique<PaddedProduct>(spec, usual.m, spec.n, tall, engine);
    return;
  }
  require(spec.element == Element::f32, "this CPU multiplies FP32 operands only");
  usual.m = round_up(spec.m, older_rows);
  usual.n = panel_width;
  const memory::desc b({spec.k, panel_width}, type, memory::format_tag::ab);
  state_->padded = std::make_unique<PaddedProduct>(spec, usual.m, usual.n, describe(usual, b, engine), engine);
}

Matmul::~Matmul() = default;

void Matmul::run(int thread, const void* a, const void* b_packed, float* c) {
  if (state_->product)
    state_->product->run(thread, a, b_packed, c);
  else
    state_->padded->run(thread, a, static_cast<const std::byte*>(b_packed), c);
}

Matmul& Matmul::get(const MatmulSpec& spec, Engine& engine) {
  auto& state = engine.state();
  const std::lock_guard lock(state.mutex);
  auto& slot = state.matmuls[spec];
  if (!slot) slot = std::make_unique<Matmul>(spec, engine);
  return *slot;
}

}  // namespace acrtc::dense
