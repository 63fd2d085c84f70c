// Time of one reuse-aware GEMM, by layer, format, window and role, beside what oneDNN takes for the same convolution
// (its own direct FP32 primitives, blocked layouts, reorders not counted) and for the same bare matrix product.
// Run: build/release/tests/bench_fused_gemm --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <omp.h>

#include <dnnl.hpp>
#include <random>

#include "acrtc/dense/matmul.hpp"
#include "acrtc/reuse/blocks.hpp"
#include "acrtc/reuse/im2col.hpp"
#include "acrtc/reuse/tensor_core.hpp"

namespace {

using namespace acrtc;
using namespace acrtc::reuse;

struct ConvLayer {
  const char* name;
  std::int64_t samples, in, size, out, kernel, pad, stride = 1;
};

/// Layers of the networks that the whole-step benchmark trains; one group where there are more.
constexpr ConvLayer layers[] = {
    {"lenet/conv1", 64, 1, 28, 20, 5, 0},          {"lenet/conv2", 64, 20, 12, 50, 5, 0},
    {"cifar10-quick/conv1", 100, 3, 32, 32, 5, 2}, {"cifar10-quick/conv2", 100, 32, 16, 32, 5, 2},
    {"resnet20/stage1", 128, 16, 32, 16, 3, 1},    {"resnet20/stage3", 128, 64, 8, 64, 3, 1},
    {"vgg/conv3", 64, 256, 8, 256, 3, 1},          {"alexnet/conv1", 32, 3, 227, 96, 11, 0, 4},
    {"alexnet/conv2", 32, 48, 27, 128, 5, 2},      {"alexnet/conv3", 32, 256, 13, 384, 3, 1},
    {"alexnet/conv4", 32, 192, 13, 192, 3, 1},     {"alexnet/conv5", 32, 192, 13, 128, 3, 1},
};

/// Activations after a ReLU: half zeros, the rest half-normal, neighbours alike.
std::vector<float> activations(std::int64_t size, Format format) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(size));
  float last = 0;
  for (float& value : values) value = std::max(0.0F, last = 0.7F * last + normal(random));
  round_to(format, values);
  return values;
}

/// Takes C and drops it, as an epilogue that costs nothing.
class Drop : public Result {
  void store(std::int64_t, Range, Range, Major, MatrixView<const float> c) override {
    benchmark::DoNotOptimize(c.data);
  }
};

struct Tensors {
  ConvGeometry geometry;
  Format format;
  std::vector<float> x, w, dy, dx;
  std::vector<std::uint16_t> x16, w16, dy16, dx16;

  Tensors(const ConvLayer& layer, Format of)
      : geometry{.samples = layer.samples,
                 .input = {layer.in, layer.size, layer.size},
                 .channels = layer.in,
                 .kernel_h = layer.kernel,
                 .kernel_w = layer.kernel,
                 .stride_h = layer.stride,
                 .stride_w = layer.stride,
                 .pad_h = layer.pad,
                 .pad_w = layer.pad},
        format(of),
        x(activations(layer.samples * geometry.input.elements(), of)),
        w(activations(layer.out * geometry.columns(), of)),
        dy(activations(layer.out * geometry.pixels(), of)),
        dx(x.size()),
        x16(x.size()),
        w16(w.size()),
        dy16(dy.size()),
        dx16(x.size()) {
    if (storage_bits(format) != 16) return;
    to_halves(format, x, x16);
    to_halves(format, w, w16);
    to_halves(format, dy, dy16);
  }

  Values input_gradient() { return loads_halves(format) ? values_of(dx16, format) : values_of(dx, format); }
};

ConvGeometry pixels_of(const ConvLayer& layer, const ConvGeometry& g) {
  return {.samples = g.samples, .input = {layer.out, g.output_h(), g.output_w()}, .channels = layer.out};
}

void run_role(const ConvLayer& layer, Tensors& t, Role role, Format format, const WindowRule* rule,
              dense::Engine& engine) {
  const std::int64_t k = t.geometry.columns();
  const StoredMatrix w({t.w.data(), layer.out, k, k}, {t.w16.data(), layer.out, k, k});
  const Im2col x(t.geometry, t.x.data(), t.x16.data());
  const Im2col dy(pixels_of(layer, t.geometry), t.dy.data(), t.dy16.data());
  const Transposed w_t(w), x_t(x);
  Drop drop;
  Col2im dx(t.geometry, t.input_gradient());
  const Operand& a = role == Role::forward ? x : role == Role::grad_input ? static_cast<const Operand&>(dy) : x_t;
  const Operand& b = role == Role::forward ? w_t : role == Role::grad_input ? static_cast<const Operand&>(w) : dy;
  Result& c = role == Role::grad_input ? static_cast<Result&>(dx) : drop;
  const Gemm gemm{a, b, c, format, engine};
  benchmark::DoNotOptimize(rule ? multiply_reusing(gemm, *rule) : multiply_dense(gemm, 4));
}

void report_rate(benchmark::State& state, const ConvLayer& layer, const ConvGeometry& g) {
  const double flops = 2.0 * static_cast<double>(g.pixels() * g.columns() * layer.out);
  state.counters["FLOP/s"] =
      benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

void fused(benchmark::State& state, ConvLayer layer, Role role, Format format, std::int64_t window) {
  dense::Engine engine(1);
  Tensors tensors(layer, format);
  const WindowRule rule{.format = format, .window = window, .dropped_bits = mantissa_bits(format) / 2};
  for (auto _ : state) run_role(layer, tensors, role, format, window > 0 ? &rule : nullptr, engine);
  report_rate(state, layer, tensors.geometry);
}

/// oneDNN's own FP32 convolution of the role, in the layouts it likes best.
void direct(benchmark::State& state, ConvLayer layer, Role role) {
  using namespace dnnl;
  omp_set_num_threads(1);
  const engine eng(engine::kind::cpu, 0);
  stream s(eng);
  const auto any = [](memory::dims dims) {
    return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
  };
  const Tensors tensors(layer, Format::fp32);
  const std::int64_t out = tensors.geometry.output_h();
  const auto x = any({layer.samples, layer.in, layer.size, layer.size});
  const auto w = any({layer.out, layer.in, layer.kernel, layer.kernel});
  const auto y = any({layer.samples, layer.out, out, out});
  const memory::dims stride{layer.stride, layer.stride}, pad{layer.pad, layer.pad};
  const auto algorithm = algorithm::convolution_direct;
  const convolution_forward::primitive_desc forward({prop_kind::forward_training, algorithm, x, w, y, stride, pad, pad},
                                                    eng);
  const auto filled = [&](const memory::desc& d) {
    memory m(d, eng);
    std::fill_n(static_cast<float*>(m.get_data_handle()), d.get_size() / sizeof(float), 0.5F);
    return m;
  };
  primitive primitive;
  std::unordered_map<int, memory> arguments;
  if (role == Role::forward) {
    primitive = convolution_forward(forward);
    arguments = {{DNNL_ARG_SRC, filled(forward.src_desc())},
                 {DNNL_ARG_WEIGHTS, filled(forward.weights_desc())},
                 {DNNL_ARG_DST, filled(forward.dst_desc())}};
  } else if (role == Role::grad_input) {
    const convolution_backward_data::primitive_desc d({algorithm, x, w, y, stride, pad, pad}, eng, forward);
    primitive = convolution_backward_data(d);
    arguments = {{DNNL_ARG_DIFF_SRC, filled(d.diff_src_desc())},
                 {DNNL_ARG_WEIGHTS, filled(d.weights_desc())},
                 {DNNL_ARG_DIFF_DST, filled(d.diff_dst_desc())}};
  } else {
    const convolution_backward_weights::primitive_desc d({algorithm, x, w, y, stride, pad, pad}, eng, forward);
    primitive = convolution_backward_weights(d);
    arguments = {{DNNL_ARG_SRC, filled(d.src_desc())},
                 {DNNL_ARG_DIFF_WEIGHTS, filled(d.diff_weights_desc())},
                 {DNNL_ARG_DIFF_DST, filled(d.diff_dst_desc())}};
  }
  for (auto _ : state) primitive.execute(s, arguments);
  report_rate(state, layer, tensors.geometry);
}

/// The bare product as one dnnl_sgemm over a stored im2col matrix.
void sgemm(benchmark::State& state, ConvLayer layer) {
  omp_set_num_threads(1);
  const Tensors tensors(layer, Format::fp32);
  const std::int64_t m = tensors.geometry.pixels(), n = layer.out, k = tensors.geometry.columns();
  const std::vector<float> a(static_cast<std::size_t>(m * k), 0.5F);
  std::vector<float> c(static_cast<std::size_t>(m * n));
  for (auto _ : state) dnnl_sgemm('N', 'T', m, n, k, 1.0F, a.data(), k, tensors.w.data(), k, 0.0F, c.data(), n);
  report_rate(state, layer, tensors.geometry);
}

/// The most that a core multiplies: a oneDNN GEMM whose operands lie in the cache, packed beforehand.
void roof_of_products(benchmark::State& state, dense::Element element) {
  constexpr std::int64_t m = 64, n = 128, k = 800;
  dense::Engine engine(1);
  const std::vector<float> a(m * k, 0), b(static_cast<std::size_t>(dense::packed_size(k, n, element)), 0);
  std::vector<float> c(m * n);
  dense::Matmul& matmul = dense::Matmul::get({m, n, k, element}, engine);
  for (auto _ : state) matmul.run(0, a.data(), b.data(), c.data());
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * m * n * k, benchmark::Counter::kIsIterationInvariantRate);
}

/// The most that a core moves between memory and itself, read and written, where no cache holds it.
void roof_of_traffic(benchmark::State& state) {
  const std::vector<char> from(std::size_t{256} << 20, 1);
  std::vector<char> to(from.size());
  for (auto _ : state) {
    std::copy(from.begin(), from.end(), to.begin());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * 2 * std::ssize(from));
}

void register_all() {
  benchmark::RegisterBenchmark("roof/bf16", roof_of_products, dense::Element::bf16);
  benchmark::RegisterBenchmark("roof/fp32", roof_of_products, dense::Element::f32);
  benchmark::RegisterBenchmark("roof/traffic", roof_of_traffic);
  for (const ConvLayer& layer : layers)
    for (const Role role : roles) {
      const std::string base = std::string(layer.name) + "/" + name(role);
      benchmark::RegisterBenchmark((base + "/onednn-direct").c_str(), direct, layer, role);
      if (role == Role::forward) benchmark::RegisterBenchmark((base + "/sgemm").c_str(), sgemm, layer);
      for (const Format format : {Format::bf16, Format::fp16, Format::tf32}) {
        const std::string with = base + "/" + name(format);
        benchmark::RegisterBenchmark((with + "/dense").c_str(), fused, layer, role, format, 0);
        benchmark::RegisterBenchmark((with + "/window4").c_str(), fused, layer, role, format, 4);
      }
      benchmark::RegisterBenchmark((base + "/bf16/window8").c_str(), fused, layer, role, Format::bf16, 8);
    }
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // as the program does: freed blocks stay for the next GEMM
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
