#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "acrtc/base/settings.hpp"
#include "acrtc/network/layer.hpp"
#include "fp32_copy.hpp"
#include "recurrent_module.hpp"
#include "sequence.hpp"

namespace acrtc::network {

/// What recurrent layers share. The input {t, 1, f} is t steps of f features; the output is the state after the last
/// step, {units}, or after every step, {t, 1, units}. States are rounded to the operand format and start at zero. A
/// kind says how modules' sums become a state.
class RecurrentLayer : public Layer {
 public:
  SampleShape output_shape() const final { return shape_; }
  void forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) final;
  void backward(const PassContext& pass, std::span<const Activations* const> in, const Activations& out,
                Activations& d_out, std::span<Activations* const> d_in) final;
  std::int64_t macs() const final;
  std::int64_t memory_bytes() const final;

  /// Settings that all such layers have.
  static Schema schema();
  /// The number of units, which must be given.
  static std::int64_t read_units(const Settings& settings);

 protected:
  RecurrentLayer(const Settings& settings, const LayerContext& context);

  /// A module that sees the whole state at every step; called from constructors only, as add_module().
  ModuleShape whole_module(std::int64_t outputs) const;
  void add_module(const ModuleShape& shape, const LayerContext& context) { modules_.emplace_back(shape, context); }

  std::int64_t units() const { return units_; }
  std::int64_t steps() const { return steps_; }
  std::vector<RecurrentModule>& modules() { return modules_; }

  /// Before the first step of a batch.
  virtual void begin(std::int64_t /*samples*/) {}
  /// Writes the state after `step` from the state before it and z of the modules that are active. Called for several
  /// samples at once.
  virtual void move(std::int64_t sample, std::int64_t step, std::span<const float> before, std::span<float> after) = 0;
  /// Called before the first move_back() of a batch.
  virtual void begin_back(std::int64_t /*samples*/) {}
  /// Gives each active module the gradient of its z. `d_state`: the gradient of the state after `step`; left in it: the
  /// gradient of the state before, but for what goes through modules.
  virtual void move_back(std::int64_t sample, std::int64_t step, std::span<float> d_state) = 0;

  /// The state after `step`, of the last forward().
  std::span<const float> state(std::int64_t sample, std::int64_t step) { return states_.row(sample, step + 1); }

 private:
  void write_output(Activations& out);
  void add_output_gradient(const Activations& d_out, std::int64_t sample, std::int64_t step);
  SequenceView input_view(const Activations& x) const;

  std::int64_t steps_, features_, units_;
  bool all_steps_;
  Initializer initializer_;
  SampleShape shape_;
  GemmRunner& gemms_;
  std::vector<RecurrentModule> modules_;
  Sequence states_;  ///< step t is the state before step t; one more step than the input
  Tensor d_state_;
  Fp32Copy dx_;
};

}  // namespace acrtc::network
