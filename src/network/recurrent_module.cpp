#include "recurrent_module.hpp"

#include <algorithm>

#include "acrtc/base/parallel.hpp"
#include "elementwise.hpp"
#include "weight_gradient_result.hpp"

namespace acrtc::network {

RecurrentModule::RecurrentModule(const ModuleShape& shape, const LayerContext& context)
    : shape_(shape),
      gemms_(context.gemms),
      parameters_(context.parameters),
      input_(make_projection("input", shape.inputs, context)),
      state_(make_projection("recurrent", shape.seen.size(), context)) {
  bias_ =
      parameters_.add({.name = context.name + ".bias" + shape.suffix, .layer = context.name, .shape = {shape.outputs}});
}

RecurrentModule::Projection RecurrentModule::make_projection(const std::string& part, std::int64_t columns,
                                                             const LayerContext& context) {
  Projection projection{.packed = {shape_.outputs, columns, gemms_.options().format, {}}};
  projection.weight = parameters_.add({.name = context.name + "." + part + "_weight" + shape_.suffix,
                                       .layer = context.name,
                                       .shape = {shape_.outputs, columns},
                                       .initializer = shape_.initializer});
  add_gemms(projection, part, columns, context);
  return projection;
}

void RecurrentModule::add_gemms(Projection& projection, const std::string& part, std::int64_t columns,
                                const LayerContext& context) {
  const bool step_by_step = part == "recurrent";
  const std::int64_t rows = context.max_samples * shape_.active_steps(), outputs = shape_.outputs;
  const std::int64_t calls = step_by_step ? shape_.active_steps() : 1;
  const auto add = [&](reuse::Role role, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t times) {
    return gemms_.add({.layer = context.name,
                       .part = part + shape_.suffix,
                       .role = role,
                       .m = m,
                       .n = n,
                       .k = k,
                       .calls = times,
                       .stored_input = 0});
  };
  projection.forward = add(reuse::Role::forward, rows / calls, outputs, columns, calls);
  if (step_by_step || context.needs_input_gradient)
    projection.grad_input = add(reuse::Role::grad_input, rows / calls, columns, outputs, calls);
  const bool compares_x = gemms_.options().weight_gradient_operand == WeightGradientOperand::x;
  projection.grad_weight =
      add(reuse::Role::grad_weight, compares_x ? columns : outputs, compares_x ? outputs : columns, rows, 1);
}

void RecurrentModule::multiply(Mode mode, Projection& projection, const reuse::Operand& a, reuse::Result& c) {
  projection.packed.update(parameters_, projection.weight, gemms_.engine().threads());
  const reuse::StoredMatrix weight = projection.packed.rows({0, shape_.outputs});
  if (mode == Mode::training)
    gemms_.run(projection.forward, a, reuse::Transposed(weight), c);
  else
    gemms_.run_dense(a, reuse::Transposed(weight), c);
}

void RecurrentModule::project_inputs(Mode mode, const SequenceView& x) {
  const std::int64_t active = shape_.active_steps();
  z_.resize(gemms_, x.samples, active, shape_.outputs);
  dz_.resize(gemms_, x.samples, active, shape_.outputs);
  parallel_for(gemms_.engine().threads(), x.samples, [&](std::int64_t n) {
    for (std::int64_t i = 0; i < active; ++i) std::ranges::copy(parameters_.values(bias_), z_.row(n, i).begin());
  });
  SequenceSum c({z_.values().data(), active, shape_.outputs}, {.count = active});
  multiply(mode, input_, SequenceMatrix(x, all_steps(), {0, shape_.inputs}), c);
}

void RecurrentModule::add_state(Mode mode, const SequenceView& states, std::int64_t step) {
  SequenceSum c({z_.values().data(), shape_.active_steps(), shape_.outputs}, own_step(step));
  multiply(mode, state_, SequenceMatrix(states, {.first = step}, shape_.seen), c);
}

void RecurrentModule::set_gradient(std::int64_t sample, std::int64_t step, std::span<const float> dz) {
  std::ranges::copy(dz, dz_.row(sample, step / shape_.period).begin());
  dz_.finish_row(sample, step / shape_.period);
}

void RecurrentModule::add_state_gradient(std::int64_t step, float* d_state) {
  SequenceSum c({.values = d_state, .features = shape_.state, .first_feature = shape_.seen.begin}, {});
  gemms_.run(state_.grad_input, SequenceMatrix(dz_.view(), own_step(step), {0, shape_.outputs}),
             state_.packed.rows({0, shape_.outputs}), c);
}

void RecurrentModule::write_weight_gradient(const Projection& projection, const reuse::Operand& x) {
  const std::int64_t columns = x.cols();
  const WeightGradientOperand compared = gemms_.options().weight_gradient_operand;
  const MatrixView<float> dw{parameters_.gradients(projection.weight).data(), shape_.outputs, columns, columns};
  WeightGradientResult c(dw, {}, compared);
  const SequenceMatrix dz(dz_.view(), {.count = shape_.active_steps()}, {0, shape_.outputs});
  if (compared == WeightGradientOperand::x)
    gemms_.run(projection.grad_weight, reuse::Transposed(x), dz, c);
  else
    gemms_.run(projection.grad_weight, reuse::Transposed(dz), x, c);
}

void RecurrentModule::write_weight_gradients(const SequenceView& x, const SequenceView& states) {
  sum_channels(gemms_.engine(), reuse::values_of(dz_.values()), 1, parameters_.gradients(bias_));
  write_weight_gradient(state_, SequenceMatrix(states, all_steps(), shape_.seen));
  write_weight_gradient(input_, SequenceMatrix(x, all_steps(), {0, shape_.inputs}));
}

void RecurrentModule::add_input_gradient(float* dx) {
  SequenceSum c({dx, shape_.steps, shape_.inputs}, all_steps());
  const Steps own{.count = shape_.active_steps()};
  gemms_.run(input_.grad_input, SequenceMatrix(dz_.view(), own, {0, shape_.outputs}),
             input_.packed.rows({0, shape_.outputs}), c);
}

std::int64_t RecurrentModule::memory_bytes() const {
  return input_.packed.memory_bytes() + state_.packed.memory_bytes() + z_.memory_bytes() + dz_.memory_bytes();
}

}  // namespace acrtc::network
