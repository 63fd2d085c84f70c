#include "recurrent_layer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "acrtc/base/parallel.hpp"
#include "fit.hpp"
#include "rows.hpp"

namespace acrtc::network {
namespace {

/// Made on demand: schemas are made before main(), in other files.
struct RecurrentSettings {
  Setting<std::int64_t> outputs{"outputs", 1, "number of units, the features of the state", 1, 1 << 20};
  Setting<std::string> output{.name = "output",
                              .fallback = "last",
                              .help = "the state after the last step, or after all steps",
                              .choices = {"last", "all"}};
  Setting<std::string> initializer{.name = "initializer",
                                   .fallback = "uniform",
                                   .help = "how weights start: uniform +-1/sqrt(units) or normal",
                                   .choices = {"uniform", "normal"}};
  Setting<double> scale{"initializer_scale", 0.1, "deviation of normal weights", 0, 1e3};
};

Initializer read_initializer(const Settings& settings) {
  const RecurrentSettings own;
  if (settings[own.initializer] == "normal")
    return {Initializer::Kind::normal, static_cast<float>(settings[own.scale])};
  return {Initializer::Kind::uniform, static_cast<float>(1 / std::sqrt(static_cast<double>(settings[own.outputs])))};
}

}  // namespace

Schema RecurrentLayer::schema() {
  const RecurrentSettings own;
  return describe(own.outputs, own.output, own.initializer, own.scale);
}

std::int64_t RecurrentLayer::read_units(const Settings& settings) {
  const RecurrentSettings own;
  if (!settings.given(own.outputs.name)) settings.reject(own.outputs.name, "the number of units must be given");
  return settings[own.outputs];
}

RecurrentLayer::RecurrentLayer(const Settings& settings, const LayerContext& context)
    : steps_(only_input(context).channels),
      features_(context.inputs.front().height * context.inputs.front().width),
      units_(read_units(settings)),
      all_steps_(settings[RecurrentSettings().output] == "all"),
      initializer_(read_initializer(settings)),
      shape_(all_steps_ ? SampleShape{steps_, 1, units_} : SampleShape{units_}),
      gemms_(context.gemms) {}

ModuleShape RecurrentLayer::whole_module(std::int64_t outputs) const {
  return {.suffix = {},
          .steps = steps_,
          .inputs = features_,
          .outputs = outputs,
          .state = units_,
          .seen = {0, units_},
          .initializer = initializer_};
}

SequenceView RecurrentLayer::input_view(const Activations& x) const {
  return {x.f32(), x.halves(), x.samples(), steps_, features_};
}

void RecurrentLayer::forward(const PassContext& pass, std::span<const Activations* const> in, Activations& out) {
  const std::int64_t samples = out.samples();
  states_.resize(gemms_, samples, steps_ + 1, units_);
  for (std::int64_t n = 0; n < samples; ++n) {
    std::ranges::fill(states_.row(n, 0), 0.0F);
    states_.finish_row(n, 0);
  }
  for (RecurrentModule& module : modules_) module.project_inputs(pass.mode, input_view(*in[0]));
  begin(samples);
  for (std::int64_t step = 0; step < steps_; ++step) {
    for (RecurrentModule& module : modules_)
      if (module.active_at(step)) module.add_state(pass.mode, states_.view(), step);
    parallel_for(gemms_.engine().threads(), samples, [&](std::int64_t n) {
      move(n, step, states_.row(n, step), states_.row(n, step + 1));
      states_.finish_row(n, step + 1);
    });
  }
  write_output(out);
}

void RecurrentLayer::write_output(Activations& out) {
  for (std::int64_t n = 0; n < out.samples(); ++n) {
    const std::int64_t first = all_steps_ ? 0 : steps_ - 1;
    for (std::int64_t step = first; step < steps_; ++step)
      reuse::round_into(state(n, step).data(), out.sample(n).part((step - first) * units_, units_));
  }
}

void RecurrentLayer::add_output_gradient(const Activations& d_out, std::int64_t sample, std::int64_t step) {
  if (!all_steps_ && step + 1 < steps_) return;
  add_row(d_out.sample(sample).part(all_steps_ ? step * units_ : 0, units_), d_state_.sample(sample).data());
}

void RecurrentLayer::backward(const PassContext&, std::span<const Activations* const> in, const Activations&,
                              Activations& d_out, std::span<Activations* const> d_in) {
  const std::int64_t samples = d_out.samples();
  d_state_.resize(samples, {units_});
  d_state_.fill(0);
  begin_back(samples);
  for (std::int64_t step = steps_; step-- > 0;) {
    parallel_for(gemms_.engine().threads(), samples, [&](std::int64_t n) {
      add_output_gradient(d_out, n, step);
      move_back(n, step, d_state_.sample(n));
    });
    for (RecurrentModule& module : modules_)
      if (module.active_at(step)) module.add_state_gradient(step, d_state_.data());
  }
  for (RecurrentModule& module : modules_) module.write_weight_gradients(input_view(*in[0]), states_.view());
  if (!d_in[0]) return;
  const std::span<float> dx = dx_.write(*d_in[0]);
  std::ranges::fill(dx, 0.0F);
  for (RecurrentModule& module : modules_) module.add_input_gradient(dx.data());
  dx_.finish(gemms_.engine(), *d_in[0]);
}

std::int64_t RecurrentLayer::macs() const {
  return std::accumulate(modules_.begin(), modules_.end(), std::int64_t{0},
                         [](std::int64_t sum, const RecurrentModule& module) { return sum + module.shape().macs(); });
}

std::int64_t RecurrentLayer::memory_bytes() const {
  std::int64_t bytes = dx_.memory_bytes() + states_.memory_bytes();
  for (const RecurrentModule& module : modules_) bytes += module.memory_bytes();
  return bytes + d_state_.elements() * std::int64_t{sizeof(float)};
}

}  // namespace acrtc::network
