#include "acrtc/dense/convolution.hpp"

#include <string_view>

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

}  // namespace

struct Convolution::State {
  Engine& engine;
  OneThreadPrimitive primitive;
  memory::desc stored, packed;  ///< of weights
  dnnl::reorder pack;
};

Convolution::Convolution(std::unique_ptr<State> state) : state_(std::move(state)) {}
Convolution::~Convolution() = default;

Convolution* Convolution::find(const ConvolutionSpec& spec, Engine& engine) {
  auto& state = engine.state();
  const std::lock_guard lock(state.mutex);
  const auto [slot, is_new] = state.convolutions.try_emplace(spec);
  if (!is_new) return slot->second.get();
  expect_memory_for_a_primitive();
  const auto make = [&](const auto& description, dnnl::primitive primitive, const memory::desc& from, int from_id,
                        const memory::desc& to, int to_id) {
    const memory::desc stored = stored_weights(spec), packed = description.weights_desc();
    const dnnl::reorder::primitive_desc reorder(state.engine, stored, state.engine, packed);
    slot->second.reset(
        new Convolution(std::unique_ptr<State>(new State{engine,
                                                         {std::move(primitive),
                                                          description.scratchpad_desc(),
                                                          {{from_id, from}, {DNNL_ARG_WEIGHTS, packed}, {to_id, to}},
                                                          engine},
                                                         stored,
                                                         packed,
                                                         dnnl::reorder(reorder)})));
  };
  const OneThread guard;
  if (spec.pass == ConvolutionSpec::Pass::forward) {
    const auto d = describe_forward(spec, engine);
    if (is_fast(d.impl_info_str()))
      make(d, dnnl::convolution_forward(d), d.src_desc(), DNNL_ARG_SRC, d.dst_desc(), DNNL_ARG_DST);
  } else {
    const auto d = describe_backward(spec, engine);
    if (is_fast(d.impl_info_str()))
      make(d, dnnl::convolution_backward_data(d), d.diff_dst_desc(), DNNL_ARG_DIFF_DST, d.diff_src_desc(),
           DNNL_ARG_DIFF_SRC);
  }
  return slot->second.get();
}

std::size_t Convolution::packed_bytes() const { return state_->packed.get_size(); }

void Convolution::pack(const void* weights, void* packed) {
  Engine::State& engine = state_->engine.state();
  // oneDNN takes non-const handles for sources too; it does not write to them.
  memory from(state_->stored, engine.engine, const_cast<void*>(weights)), to(state_->packed, engine.engine, packed);
  state_->pack.execute(engine.stream, from, to);
  engine.stream.wait();
}

void Convolution::run(int thread, const void* from, const void* packed, float* to) {
  state_->primitive.run(thread, {from, packed, to});
}

}  // namespace acrtc::dense
