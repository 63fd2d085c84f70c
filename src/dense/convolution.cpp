#include "acrtc/dense/convolution.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "bound_primitive.hpp"
#include "engine_state.hpp"
#include "one_thread_primitive.hpp"

namespace acrtc::dense {
namespace {

using dnnl::memory;

struct Shapes {
  memory::desc x, weights, y;
};

/// oneDNN's choice of how weights lie; what is written is FP32.
Shapes shapes_of(const ConvolutionSpec& s) {
  const auto images = [](const memory::dims& dims, Element element) {
    return memory::desc(dims, data_type(element), memory::format_tag::nhwc);
  };
  const bool forward = s.pass == ConvolutionSpec::Pass::forward;
  const std::int64_t output_h = (s.height + 2 * s.pad_h - s.kernel_h) / s.stride_h + 1;
  const std::int64_t output_w = (s.width + 2 * s.pad_w - s.kernel_w) / s.stride_w + 1;
  return {images({s.samples, s.channels, s.height, s.width}, forward ? s.element : Element::f32),
          {{s.outputs, s.channels, s.kernel_h, s.kernel_w}, data_type(s.element), memory::format_tag::any},
          images({s.samples, s.outputs, output_h, output_w}, forward ? Element::f32 : s.element)};
}

dnnl::convolution_forward::primitive_desc describe_forward(const ConvolutionSpec& s, Engine& engine) {
  const Shapes shapes = shapes_of(s);
  const memory::dims stride{s.stride_h, s.stride_w}, pad{s.pad_h, s.pad_w};
  return {{dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, shapes.x, shapes.weights, shapes.y,
           stride, pad, pad},
          with_own_scratchpad(),
          engine.state().engine};
}

/// oneDNN asks for the forward convolution of the same shape as a hint.
dnnl::convolution_backward_data::primitive_desc describe_backward(const ConvolutionSpec& s, Engine& engine) {
  ConvolutionSpec forward = s;
  forward.pass = ConvolutionSpec::Pass::forward;
  const Shapes shapes = shapes_of(s);
  const memory::dims stride{s.stride_h, s.stride_w}, pad{s.pad_h, s.pad_w};
  return {{dnnl::algorithm::convolution_direct, shapes.x, shapes.weights, shapes.y, stride, pad, pad},
          with_own_scratchpad(),
          engine.state().engine,
          describe_forward(forward, engine)};
}

memory::desc stored_weights(const ConvolutionSpec& s) {
  const bool last = s.weights == ConvolutionSpec::Weights::channels_last;
  return {{s.outputs, s.channels, s.kernel_h, s.kernel_w},
          data_type(s.element),
          last ? memory::format_tag::ohwi : memory::format_tag::oihw};
}

/// Kernels of other names are oneDNN's references, or copy an im2col matrix. What AMX kernels do to bits was not
/// measured.
bool is_fast(std::string_view kernel) {
  return (kernel.starts_with("jit") || kernel.starts_with("brgconv")) && kernel.find("amx") == kernel.npos;
}

/// A kernel for one thread and how it reads weights.
struct Kernel {
  OneThreadPrimitive primitive;
  memory::desc weights;
};

/// Nothing where oneDNN has no fast one.
std::optional<Kernel> make_kernel(const ConvolutionSpec& spec, Engine& engine) {
  const OneThread guard;
  if (spec.pass == ConvolutionSpec::Pass::forward) {
    const auto d = describe_forward(spec, engine);
    if (!is_fast(d.impl_info_str())) return {};
    return Kernel{{dnnl::convolution_forward(d),
                   d.scratchpad_desc(),
                   {{DNNL_ARG_SRC, d.src_desc()}, {DNNL_ARG_WEIGHTS, d.weights_desc()}, {DNNL_ARG_DST, d.dst_desc()}},
                   engine},
                  d.weights_desc()};
  }
  const auto d = describe_backward(spec, engine);
  if (!is_fast(d.impl_info_str())) return {};
  return Kernel{{dnnl::convolution_backward_data(d),
                 d.scratchpad_desc(),
                 {{DNNL_ARG_DIFF_DST, d.diff_dst_desc()},
                  {DNNL_ARG_WEIGHTS, d.weights_desc()},
                  {DNNL_ARG_DIFF_SRC, d.diff_src_desc()}},
                 engine},
                d.weights_desc()};
}

}  // namespace

struct Convolution::State {
  Engine& engine;
  Kernel kernel;
  BoundPrimitive pack;
};

Convolution::Convolution(std::unique_ptr<State> state) : state_(std::move(state)) {}
Convolution::~Convolution() = default;

Convolution* Convolution::find(const ConvolutionSpec& spec, Engine& engine) {
  auto& state = engine.state();
  const std::lock_guard lock(state.mutex);
  if (const auto found = state.convolutions.find(spec); found != state.convolutions.end()) return found->second.get();
  expect_memory_for_a_primitive();
  std::unique_ptr<Convolution> made;
  if (auto kernel = make_kernel(spec, engine)) {
    const memory::desc stored = stored_weights(spec);
    const dnnl::reorder::primitive_desc pack(state.engine, stored, state.engine, kernel->weights);
    BoundPrimitive bound(dnnl::reorder(pack), state.engine, {{DNNL_ARG_FROM, stored}, {DNNL_ARG_TO, kernel->weights}});
    made.reset(new Convolution(std::unique_ptr<State>(new State{engine, std::move(*kernel), std::move(bound)})));
  }
  return state.convolutions.emplace(spec, std::move(made)).first->second.get();
}

std::size_t Convolution::packed_bytes() const { return state_->kernel.weights.get_size(); }

void Convolution::pack(const void* weights, void* packed) {
  state_->pack.run(state_->engine.state().stream, {weights, packed}, nullptr);
}

void Convolution::run(int thread, const void* from, const void* packed, float* to) {
  state_->kernel.primitive.run(thread, {from, packed, to});
}

}  // namespace acrtc::dense
