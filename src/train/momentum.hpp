#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The elements of one parameter, moved along their gradients.
namespace acrtc::train {

// Elements a thread takes at a time: a few pages, so that small parameters stay on one thread.
constexpr std::int64_t update_grain = 16384;

/// What is the same for all elements of one parameter.
struct ElementStep {
  float rate, decay, momentum;
};

/// v = momentum v + rate (g + decay w); w -= v. As in Caffe, the rate is part of the momentum, so that a drop of the
/// rate does not rescale what is under way.
inline void move_plain(const ElementStep& step, std::span<const float> g, std::span<float> v, std::span<float> w) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    v[i] = step.momentum * v[i] + step.rate * (g[i] + step.decay * w[i]);
    w[i] -= v[i];
  }
}

/// As above, but w moves by (1 + momentum) v - momentum v_before: the gradient as if seen from where v leads.
inline void move_nesterov(const ElementStep& step, std::span<const float> g, std::span<float> v, std::span<float> w) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    const float before = v[i];
    v[i] = step.momentum * before + step.rate * (g[i] + step.decay * w[i]);
    w[i] -= (1 + step.momentum) * v[i] - step.momentum * before;
  }
}

/// Without momentum there is no state to read or write.
inline void move_stateless(const ElementStep& step, std::span<const float> g, std::span<float> w) {
  for (std::size_t i = 0; i < w.size(); ++i) w[i] -= step.rate * (g[i] + step.decay * w[i]);
}

}  // namespace acrtc::train
