#include "onednn_layers.hpp"

#include <algorithm>
#include <dnnl.hpp>

namespace acrtc::test {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto f32 = memory::data_type::f32;

struct Runner {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};

  memory wrap(const memory::desc& shape, std::span<const float> values) const {
    return {shape, engine, const_cast<float*>(values.data())};
  }

  void run(const dnnl::primitive& primitive, const std::unordered_map<int, memory>& arguments) {
    primitive.execute(stream, arguments);
    stream.wait();
  }
};

LayerResult make_result(const LayerData& data) {
  return {std::vector<float>(data.dy.size()), std::vector<float>(data.x.size()), std::vector<float>(data.w.size()),
          std::vector<float>(data.b.size())};
}

/// Shapes of one layer's tensors as oneDNN describes them.
struct Shapes {
  memory::desc x, w, b, y;
};

/// Runs the three primitives of a layer, which oneDNN gives the same arguments for both kinds.
LayerResult run_all(Runner& runner, const Shapes& s, const LayerData& data, const dnnl::primitive& forward,
                    const std::pair<dnnl::primitive, dnnl::primitive>& backward) {
  LayerResult result = make_result(data);
  const memory x = runner.wrap(s.x, data.x), w = runner.wrap(s.w, data.w), b = runner.wrap(s.b, data.b);
  const memory dy = runner.wrap(s.y, data.dy);
  runner.run(
      forward,
      {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_BIAS, b}, {DNNL_ARG_DST, runner.wrap(s.y, result.y)}});
  runner.run(backward.first,
             {{DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_SRC, runner.wrap(s.x, result.dx)}});
  runner.run(backward.second, {{DNNL_ARG_SRC, x},
                               {DNNL_ARG_DIFF_DST, dy},
                               {DNNL_ARG_DIFF_WEIGHTS, runner.wrap(s.w, result.dw)},
                               {DNNL_ARG_DIFF_BIAS, runner.wrap(s.b, result.db)}});
  return result;
}

}  // namespace

LayerResult onednn_convolution(const reuse::ConvGeometry& g, std::int64_t outputs, const LayerData& data) {
  Runner runner;
  const std::int64_t groups = g.input.channels / g.channels;
  const Shapes s{{{g.samples, g.input.channels, g.input.height, g.input.width}, f32, Tag::nchw},
                 {{groups, outputs / groups, g.channels, g.kernel_h, g.kernel_w}, f32, Tag::goihw},
                 {{outputs}, f32, Tag::a},
                 {{g.samples, outputs, g.output_h(), g.output_w()}, f32, Tag::nchw}};
  const auto after = [](std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                        std::int64_t pad) { return (output - 1) * stride + kernel - input - pad; };
  const memory::dims stride{g.stride_h, g.stride_w}, before{g.pad_h, g.pad_w};
  const memory::dims end{after(g.input.height, g.output_h(), g.kernel_h, g.stride_h, g.pad_h),
                         after(g.input.width, g.output_w(), g.kernel_w, g.stride_w, g.pad_w)};
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, direct, s.x, s.w, s.b, s.y, stride, before, end}, runner.engine);
  const dnnl::convolution_backward_data::primitive_desc data_gradient({direct, s.x, s.w, s.y, stride, before, end},
                                                                      runner.engine, forward);
  const dnnl::convolution_backward_weights::primitive_desc weight_gradient(
      {direct, s.x, s.w, s.b, s.y, stride, before, end}, runner.engine, forward);
  return run_all(runner, s, data, dnnl::convolution_forward(forward),
                 {dnnl::convolution_backward_data(data_gradient), dnnl::convolution_backward_weights(weight_gradient)});
}

LayerResult onednn_inner_product(std::int64_t samples, std::int64_t features, std::int64_t outputs,
                                 const LayerData& data) {
  Runner runner;
  const Shapes s{{{samples, features}, f32, Tag::ab},
                 {{outputs, features}, f32, Tag::ab},
                 {{outputs}, f32, Tag::a},
                 {{samples, outputs}, f32, Tag::ab}};
  const dnnl::inner_product_forward::primitive_desc forward({dnnl::prop_kind::forward_training, s.x, s.w, s.b, s.y},
                                                            runner.engine);
  const dnnl::inner_product_backward_data::primitive_desc data_gradient({s.x, s.w, s.y}, runner.engine, forward);
  const dnnl::inner_product_backward_weights::primitive_desc weight_gradient({s.x, s.w, s.b, s.y}, runner.engine,
                                                                             forward);
  return run_all(
      runner, s, data, dnnl::inner_product_forward(forward),
      {dnnl::inner_product_backward_data(data_gradient), dnnl::inner_product_backward_weights(weight_gradient)});
}

LayerResult onednn_pooling(const PoolWindow& w, std::int64_t samples, const LayerData& data) {
  Runner runner;
  const SampleShape &input = w.input, &output = w.output;
  const auto algorithm = w.is_mean ? dnnl::algorithm::pooling_avg_exclude_padding : dnnl::algorithm::pooling_max;
  const memory::desc x{{samples, input.channels, input.height, input.width}, f32, Tag::nchw};
  const memory::desc y{{samples, output.channels, output.height, output.width}, f32, Tag::nchw};
  const auto after = [](std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
    return std::max<std::int64_t>(0, (out - 1) * stride + kernel - in - pad);
  };
  const memory::dims stride{w.stride_h, w.stride_w}, kernel{w.kernel_h, w.kernel_w}, before{w.pad_h, w.pad_w};
  const memory::dims end{after(input.height, output.height, w.kernel_h, w.stride_h, w.pad_h),
                         after(input.width, output.width, w.kernel_w, w.stride_w, w.pad_w)};
  const dnnl::pooling_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, algorithm, x, y, stride, kernel, before, end}, runner.engine);
  const dnnl::pooling_backward::primitive_desc backward({algorithm, x, y, stride, kernel, before, end}, runner.engine,
                                                        forward);
  LayerResult result = make_result(data);
  const memory winners(forward.workspace_desc(), runner.engine);
  runner.run(dnnl::pooling_forward(forward), {{DNNL_ARG_SRC, runner.wrap(x, data.x)},
                                              {DNNL_ARG_DST, runner.wrap(y, result.y)},
                                              {DNNL_ARG_WORKSPACE, winners}});
  runner.run(dnnl::pooling_backward(backward), {{DNNL_ARG_DIFF_DST, runner.wrap(y, data.dy)},
                                                {DNNL_ARG_DIFF_SRC, runner.wrap(x, result.dx)},
                                                {DNNL_ARG_WORKSPACE, winners}});
  return result;
}

}  // namespace acrtc::test
