#include "acrtc/dense/matmul.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "acrtc/base/error.hpp"
#include "acrtc/base/integer.hpp"
#include "acrtc/base/tensor.hpp"
#include "engine_state.hpp"
#include "one_thread_primitive.hpp"

namespace acrtc::dense {
namespace {

using dnnl::memory;

constexpr std::int64_t panel_grain = 16;

/// oneDNN's names for the panels of matmul.hpp.
memory::format_tag panel_tag(const MatmulSpec& spec) {
  using enum memory::format_tag;
  static constexpr memory::format_tag f32[] = {BA16a16b, BA16a32b, BA16a48b, BA16a64b};
  static constexpr memory::format_tag bf16[] = {BA16a16b2a, BA16a32b2a, BA16a48b2a, BA16a64b2a};
  return (spec.element == Element::bf16 ? bf16 : f32)[spec.panel / panel_grain - 1];
}

/// How oneDNN would multiply this shape, B lying as `b` says.
dnnl::matmul::primitive_desc describe(const MatmulSpec& spec, const memory::desc& b, Engine& engine) {
  const OneThread guard;
  dnnl::primitive_attr attributes = with_own_scratchpad();
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

OneThreadPrimitive make(const dnnl::matmul::primitive_desc& description, Engine& engine) {
  const OneThread guard;
  return {dnnl::matmul(description),
          description.scratchpad_desc(),
          {{DNNL_ARG_SRC, description.src_desc()},
           {DNNL_ARG_WEIGHTS, description.weights_desc()},
           {DNNL_ARG_DST, description.dst_desc()}},
          engine};
}

/// A product in tiles of one shape which oneDNN multiplies as usual; what juts out of the product is not kept.
class TiledProduct {
 public:
  /// A tile has `rows` and `columns`, whole panels or all columns there are.
  TiledProduct(const MatmulSpec& spec, std::int64_t rows, std::int64_t columns,
               const dnnl::matmul::primitive_desc& tile, Engine& engine)
      : spec_(spec), rows_(rows), columns_(columns), tile_(make(tile, engine)) {
    for (int t = 0; t < engine.threads(); ++t)
      threads_.push_back({std::vector<std::byte>(tile.src_desc().get_size()),
                          std::vector<float>(static_cast<std::size_t>(rows * columns))});
  }

  void run(int thread, const std::byte* a, const std::byte* b, float* c) {
    const std::int64_t element = spec_.element == Element::bf16 ? 2 : 4, a_row = spec_.k * element;
    const std::int64_t b_tile = columns_ / panel_width * panel_size(spec_.k, spec_.element) * element;
    for (std::int64_t i = 0; i < spec_.m; i += rows_) {
      const std::int64_t rows = std::min(rows_, spec_.m - i);
      auto& own_a = threads_[static_cast<std::size_t>(thread)].a;
      const std::byte* tile_a = a + i * a_row;
      if (rows < rows_) {
        std::copy_n(tile_a, rows * a_row, own_a.data());
        tile_a = own_a.data();
      }
      for (std::int64_t j = 0; j < spec_.n; j += columns_)
        run_tile(thread, tile_a, b + j / columns_ * b_tile,
                 {c + i * spec_.n + j, rows, std::min(columns_, spec_.n - j), spec_.n});
    }
  }

 private:
  struct Thread {
    std::vector<std::byte> a;  ///< of the last rows, which are fewer
    std::vector<float> c;
  };

  void run_tile(int thread, const std::byte* a, const std::byte* b, MatrixView<float> c) {
    float* own = threads_[static_cast<std::size_t>(thread)].c.data();
    if (spec_.write == MatmulSpec::Write::accumulate)
      for (std::int64_t i = 0; i < c.rows; ++i) std::copy_n(c.row(i), c.cols, own + i * columns_);
    tile_.run(thread, {a, b, own});
    for (std::int64_t i = 0; i < c.rows; ++i) std::copy_n(own + i * columns_, c.cols, c.row(i));
  }

  MatmulSpec spec_;
  std::int64_t rows_, columns_;
  OneThreadPrimitive tile_;
  std::vector<Thread> threads_;
};

bool has_avx512() { return effective_isa() >= dnnl::cpu_isa::avx512_core; }
bool has_amx() { return effective_isa() >= dnnl::cpu_isa::avx512_core_amx; }

/// Rows that are enough for oneDNN's usual kernel.
constexpr std::int64_t tall_rows = 64;
/// Rows of a tile on CPUs without AVX-512, where only products of one shape are sure to be summed alike.
constexpr std::int64_t older_rows = 24;

}  // namespace

/// AMX kernels of oneDNN 2.6 are wrong where rows of A end inside a tile: one made for k = 63 stops the program, and
/// long odd k are summed in an order of each shape's own.
std::int64_t k_grain(Element element) {
  if (element == Element::f32) return 1;
  return has_amx() ? 32 : 2;
}

std::int64_t panel_size(std::int64_t k, Element element, std::int64_t panel) {
  return round_up(k, element == Element::bf16 ? 32 : 16) * panel;
}

std::int64_t packed_size(std::int64_t k, std::int64_t n, Element element, std::int64_t panel) {
  return ceil_div(n, panel) * panel_size(k, element, panel);
}

/// Not where AMX multiplies: there bits of narrow products were never compared.
std::int64_t narrow_panel(std::int64_t n) {
  return has_avx512() && !has_amx() ? std::min(round_up(n, panel_grain), panel_width) : panel_width;
}

bool adds_in_chains(Element element) {
  return has_avx512() && (element == Element::f32 || (Engine::has_bf16() && !has_amx()));
}

struct Matmul::State {
  std::unique_ptr<OneThreadPrimitive> whole;  ///< one of the two
  std::unique_ptr<TiledProduct> tiles;
};

/// With AVX-512 oneDNN multiplies all panels in one call, by one kernel but for a few results. Without it, it has no
/// kernel for panels and sums by the shape; but one (FP32) panel is a plain row-major matrix, and a call a tile does.
Matmul::Matmul(const MatmulSpec& spec, Engine& engine) : state_(std::make_unique<State>()) {
  require(spec.k % k_grain(spec.element) == 0, "the inner size of a product is padded");
  require(spec.panel == panel_width || spec.panel == narrow_panel(spec.n),
          "panels are of the usual width or just hold all columns");
  const auto type = data_type(spec.element);
  MatmulSpec usual = spec;
  if (has_avx512()) {
    const memory::desc b({spec.k, spec.n}, type, panel_tag(spec));
    const auto description = describe(spec, b, engine);
    usual.m = std::max(spec.m, tall_rows);
    const auto tall = describe(usual, b, engine);
    if (std::string_view(description.impl_info_str()) == tall.impl_info_str())
      state_->whole = std::make_unique<OneThreadPrimitive>(make(description, engine));
    else
      state_->tiles = std::make_unique<TiledProduct>(spec, usual.m, spec.n, tall, engine);
    return;
  }
  require(spec.element == Element::f32, "this CPU multiplies FP32 operands only");
  usual.m = older_rows;
  usual.n = panel_width;
  const memory::desc b({spec.k, panel_width}, type, memory::format_tag::ab);
  state_->tiles = std::make_unique<TiledProduct>(spec, usual.m, usual.n, describe(usual, b, engine), engine);
}

Matmul::~Matmul() = default;

void Matmul::run(int thread, const void* a, const void* b_packed, float* c) {
  if (state_->whole)
    state_->whole->run(thread, {a, b_packed, c});
  else
    state_->tiles->run(thread, static_cast<const std::byte*>(a), static_cast<const std::byte*>(b_packed), c);
}

Matmul& Matmul::get(const MatmulSpec& spec, Engine& engine) {
  auto& state = engine.state();
  const std::lock_guard lock(state.mutex);
  auto& slot = state.matmuls[spec];
  if (!slot) slot = std::make_unique<Matmul>(spec, engine);
  return *slot;
}

}  // namespace acrtc::dense
