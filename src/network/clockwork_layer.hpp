#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recurrent_layer.hpp"

namespace acrtc::network {

/// A Clockwork RNN (Koutnik et al., ICML 2014, arXiv:1402.3511): equal modules, the fastest first, each with a period;
/// module i works at the steps that its period divides, sees itself and slower modules, and keeps its state at all
/// other steps. One module of period 1 is a simple RNN. The activation is tanh.
class ClockworkLayer : public RecurrentLayer {
 public:
  /// `periods`: of each module, ascending.
  ClockworkLayer(const std::vector<std::int64_t>& periods, const Settings& settings, const LayerContext& context);

 protected:
  void move(std::int64_t sample, std::int64_t step, std::span<const float> before, std::span<float> after) override;
  void move_back(std::int64_t sample, std::int64_t step, std::span<float> d_state) override;

 private:
  /// The units of a module among those of a state.
  template <class T>
  std::span<T> units_of(std::size_t module, std::span<T> state) const {
    return state.subspan(module * static_cast<std::size_t>(width_), static_cast<std::size_t>(width_));
  }

  std::int64_t width_;  ///< units of a module
};

}  // namespace acrtc::network
