#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "acrtc/network/layer.hpp"
#include "packed_weight.hpp"
#include "sequence.hpp"

namespace acrtc::network {

/// The sizes of a module: z_t = W x_t + U h_{t-1} + b at every period-th step.
struct ModuleShape {
  std::string suffix;         ///< of the names of its parameters and GEMMs; empty where a layer has one module
  std::int64_t steps = 1;     ///< of a sequence
  std::int64_t inputs = 1;    ///< features of x
  std::int64_t outputs = 1;   ///< features of z
  std::int64_t state = 1;     ///< features of h
  Range seen;                 ///< those of them that the module sees
  std::int64_t period = 1;    ///< steps from one activity to the next
  Initializer initializer{};  ///< of both weights

  std::int64_t active_steps() const { return (steps + period - 1) / period; }
  std::int64_t macs() const { return active_steps() * outputs * (inputs + seen.size()); }
};

/// The weights of a recurrent layer, or of one of its parts that work at a pace of their own, and their GEMMs: the
/// inputs of all active steps are projected at once, rows (sample, step) with the step fastest; the state is projected
/// step by step, that of the first step (all zero) too.
class RecurrentModule {
 public:
  /// Adds parameters and GEMMs.
  RecurrentModule(const ModuleShape& shape, const LayerContext& context);

  const ModuleShape& shape() const { return shape_; }
  bool active_at(std::int64_t step) const { return step % shape_.period == 0; }

  /// z = b + W x for all active steps.
  void project_inputs(Mode mode, const SequenceView& x);
  /// z of an active step += U h; step t of `states` is h_{t-1}.
  void add_state(Mode mode, const SequenceView& states, std::int64_t step);
  /// What the module came to at an active step, for the layer to read and to keep what it likes in.
  std::span<float> z(std::int64_t sample, std::int64_t step) { return z_.row(sample, step / shape_.period); }

  /// Takes the gradient of z at an active step.
  void set_gradient(std::int64_t sample, std::int64_t step, std::span<const float> dz);
  /// d_state[samples, state] += dz of an active step * U.
  void add_state_gradient(std::int64_t step, float* d_state);
  /// After the gradients of all active steps are there.
  void write_weight_gradients(const SequenceView& x, const SequenceView& states);
  /// dx[samples, steps, inputs] += dz W.
  void add_input_gradient(float* dx);

  std::int64_t memory_bytes() const;

 private:
  /// A weight and its three GEMMs.
  struct Projection {
    int weight = 0, forward = 0, grad_input = -1, grad_weight = 0;
    PackedWeight packed;
  };

  Projection make_projection(const std::string& part, std::int64_t columns, const LayerContext& context);
  void add_gemms(Projection& projection, const std::string& part, std::int64_t columns, const LayerContext& context);
  void multiply(Mode mode, Projection& projection, const reuse::Operand& a, reuse::Result& c);
  void write_weight_gradient(const Projection& projection, const reuse::Operand& x);
  Steps all_steps() const { return {.count = shape_.active_steps(), .period = shape_.period}; }
  Steps own_step(std::int64_t step) const { return {.first = step / shape_.period}; }  ///< in z_ and dz_

  ModuleShape shape_;
  GemmRunner& gemms_;
  ParameterStore& parameters_;
  Projection input_, state_;
  int bias_ = 0;
  Sequence z_, dz_;  ///< active steps only
};

}  // namespace acrtc::network
