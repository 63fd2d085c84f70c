#include "gemm_layer.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "acrtc/base/error.hpp"
#include "acrtc/reuse/image_result.hpp"
#include "elementwise.hpp"
#include "weight_gradient_result.hpp"

namespace acrtc::network {
namespace {

/// The settings of a weight and its bias. Made on demand: schemas are made before main(), in other files.
struct WeightSettings {
  Setting<std::int64_t> outputs{"outputs", 1, "number of output channels", 1, 1 << 24};
  Setting<bool> bias{"bias", true, "adds a trained number to each output channel"};
  Setting<std::string> initializer{
      .name = "initializer",
      .fallback = "he",
      .help =
          "how weights start: xavier = uniform +-sqrt(3/inputs), he = normal with deviation sqrt(2/inputs), "
          "sparse = normal for some connections of each output, zero for the others",
      .choices = {"xavier", "he", "normal", "sparse", "constant"}};
  Setting<double> scale{"initializer_scale", 0.01, "deviation of normal and sparse, value of constant weights", -1e3,
                        1e3};
  Setting<std::int64_t> connections{"initializer_connections", 15, "of each output, where weights start sparse", 1,
                                    1 << 20};
  Setting<double> bias_value{"bias_value", 0, "what biases start at", -1e3, 1e3};
  Setting<double> rate{"learning_rate_factor", 1, "multiplies the weight's learning rate", 0, 1e6};
  Setting<double> bias_rate{"bias_learning_rate_factor", 1, "multiplies the bias's learning rate", 0, 1e6};
  Setting<double> decay{"weight_decay_factor", 1, "multiplies the weight's decay", 0, 1e6};
  Setting<double> bias_decay{"bias_weight_decay_factor", 1, "multiplies the bias's decay", 0, 1e6};
};

/// Xavier as Caffe scales it, by the inputs alone; He et al., ICCV 2015, doi:10.1109/ICCV.2015.123; sparse as Martens,
/// ICML 2010, and Sutskever et al., ICML 2013.
Initializer read_initializer(const Settings& settings, std::int64_t inputs) {
  const WeightSettings own;
  const std::string& name = settings[own.initializer];
  const double scale = settings[own.scale], fan_in = static_cast<double>(inputs);
  if (name == "xavier") return {Initializer::Kind::uniform, static_cast<float>(std::sqrt(3 / fan_in))};
  if (name == "he") return {Initializer::Kind::normal, static_cast<float>(std::sqrt(2 / fan_in))};
  if (name != "constant" && scale < 0) settings.reject(own.scale.name, "a deviation is not negative");
  if (name == "sparse") return {Initializer::Kind::sparse, static_cast<float>(scale), settings[own.connections]};
  return {name == "normal" ? Initializer::Kind::normal : Initializer::Kind::constant, static_cast<float>(scale)};
}

}  // namespace

std::int64_t GemmLayerShape::columns() const {
  return std::accumulate(weight.begin() + 1, weight.end(), std::int64_t{1}, std::multiplies());
}

Schema GemmLayer::schema() {
  const WeightSettings s;
  return describe(s.outputs, s.bias, s.initializer, s.scale, s.connections, s.bias_value, s.rate, s.bias_rate, s.decay,
                  s.bias_decay);
}

std::int64_t GemmLayer::read_outputs(const Settings& settings) {
  const WeightSettings own;
  if (!settings.given(own.outputs.name)) settings.reject(own.outputs.name, "the number of outputs must be given");
  return settings[own.outputs];
}

GemmLayer::GemmLayer(const Settings& settings, const LayerContext& context, GemmLayerShape shape)
    : shape_(std::move(shape)),
      gemms_(context.gemms),
      parameters_(context.parameters),
      packed_(shape_.outputs(), shape_.columns(), gemms_.options().format, shape_.column_order) {
  add_parameters(settings, context);
  add_gemms(context);
}

void GemmLayer::add_parameters(const Settings& settings, const LayerContext& context) {
  const WeightSettings own;
  weight_ = parameters_.add({.name = context.name + ".weight",
                             .layer = context.name,
                             .shape = shape_.weight,
                             .initializer = read_initializer(settings, shape_.columns()),
                             .learning_rate_factor = settings[own.rate],
                             .weight_decay_factor = settings[own.decay]});
  if (!settings[own.bias]) return;
  bias_ = parameters_.add({.name = context.name + ".bias",
                           .layer = context.name,
                           .shape = {shape_.outputs()},
                           .initializer = {Initializer::Kind::constant, static_cast<float>(settings[own.bias_value])},
                           .learning_rate_factor = settings[own.bias_rate],
                           .weight_decay_factor = settings[own.bias_decay]});
}

void GemmLayer::add_gemms(const LayerContext& context) {
  const std::int64_t rows = context.max_samples * shape_.pixels();
  const std::int64_t outputs = shape_.group_outputs(), columns = shape_.columns();
  const std::int64_t input = context.max_samples * context.inputs.front().elements() / shape_.groups;
  const auto add = [&](reuse::Role role, std::int64_t m, std::int64_t n, std::int64_t k) {
    return gemms_.add({.layer = context.name,
                       .part = {},
                       .role = role,
                       .m = m,
                       .n = n,
                       .k = k,
                       .calls = shape_.groups,
                       .stored_input = std::min(input, rows * columns)});
  };
  forward_ = add(reuse::Role::forward, rows, outputs, columns);
  if (context.needs_input_gradient) grad_input_ = add(reuse::Role::grad_input, rows, columns, outputs);
  const bool compares_x = gemms_.options().weight_gradient_operand == WeightGradientOperand::x;
  grad_weight_ = add(reuse::Role::grad_weight, compares_x ? columns : outputs, compares_x ? outputs : columns, rows);
}

Range GemmLayer::group_outputs(std::int64_t group) const {
  return {group * shape_.group_outputs(), (group + 1) * shape_.group_outputs()};
}

bool GemmLayer::rectify() {
  rectified_ = reuse::Rectified::yes;
  return true;
}

void GemmLayer::forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) {
  packed_.update(parameters_, weight_, gemms_.engine().threads());
  for (std::int64_t group = 0; group < shape_.groups; ++group) {
    const Range outputs = group_outputs(group);
    const auto a = input_matrix(*in[0], group);
    const reuse::StoredMatrix weight = packed_.rows(outputs);
    const reuse::Transposed b(weight);
    std::span<const float> bias;
    if (bias_) bias = parameters_.values(*bias_).subspan(outputs.begin, outputs.size());
    reuse::ImageResult c({out.values(), shape_.outputs(), shape_.pixels(), outputs.begin}, {bias, rectified_});
    if (pass.mode == Mode::training)
      gemms_.run(forward_, *a, b, c);
    else
      gemms_.run_dense(*a, b, c);
  }
}

void GemmLayer::backward(const PassContext&, std::span<const Activations* const> in, const Activations& out,
                         Activations& d_out, std::span<Activations* const> d_in) {
  const reuse::Values gradient = d_out.values();
  if (rectified_ == reuse::Rectified::yes) derectify(gemms_.engine(), out.values(), gradient, {&gradient, 1});
  if (bias_) sum_channels(gemms_.engine(), gradient, shape_.pixels(), parameters_.gradients(*bias_));
  for (std::int64_t group = 0; group < shape_.groups; ++group) write_weight_gradient(*in[0], d_out, group);
  if (d_in[0]) write_input_gradient(d_out, *d_in[0]);
}

void GemmLayer::write_weight_gradient(const Activations& x, const Activations& dy, std::int64_t group) {
  const Range outputs = group_outputs(group);
  const std::int64_t columns = shape_.columns();
  float* first = parameters_.gradients(weight_).data() + outputs.begin * columns;
  const WeightGradientOperand compared = gemms_.options().weight_gradient_operand;
  WeightGradientResult c({first, outputs.size(), columns, columns}, packed_.column_order(), compared);
  const auto x_matrix = input_matrix(x, group), dy_matrix = output_matrix(dy, group);
  if (compared == WeightGradientOperand::x)
    gemms_.run(grad_weight_, reuse::Transposed(*x_matrix), *dy_matrix, c);
  else
    gemms_.run(grad_weight_, reuse::Transposed(*dy_matrix), *x_matrix, c);
}

void GemmLayer::write_input_gradient(const Activations& dy, Activations& dx) {
  require(grad_input_.has_value(), "an input gradient is asked of a layer that said it needs none");
  for (std::int64_t group = 0; group < shape_.groups; ++group) {
    const auto a = output_matrix(dy, group);
    const reuse::StoredMatrix b = packed_.rows(group_outputs(group));
    const auto c = input_gradient(dx, group);
    gemms_.run(*grad_input_, *a, b, *c);
  }
}

}  // namespace acrtc::network
