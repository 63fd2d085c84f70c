#include "loss.hpp"

#include <algorithm>
#include <numeric>

#include "acrtc/base/error.hpp"

namespace acrtc::network {

CrossEntropy::CrossEntropy(std::int64_t classes, double smoothing, dense::Engine& engine)
    : classes_(classes), smoothing_(smoothing), softmax_(classes, engine) {}

LossSum CrossEntropy::forward(const Tensor& logits, std::span<const std::int32_t> labels) {
  require(std::ssize(labels) == logits.samples(), "every sample has a label");
  check(labels);
  log_probability_.resize(logits.samples(), logits.shape());
  softmax_.forward(logits.samples(), logits.data(), log_probability_.data());
  LossSum sum{.samples = logits.samples()};
  for (std::int64_t n = 0; n < logits.samples(); ++n) {
    const std::span<const float> row = log_probability_.sample(n), raw = logits.sample(n);
    const double all = smoothing_ > 0 ? std::accumulate(row.begin(), row.end(), 0.0) : 0;
    sum.loss -= (1 - smoothing_) * row[labels[n]] + smoothing_ / static_cast<double>(classes_) * all;
    sum.correct += std::ranges::max_element(raw) - raw.begin() == labels[n] ? 1 : 0;
  }
  return sum;
}

void CrossEntropy::backward(std::span<const std::int32_t> labels, float scale, Tensor& d_logits) {
  const double weight = -static_cast<double>(scale) / static_cast<double>(labels.size());
  d_logits.fill(static_cast<float>(weight * smoothing_ / static_cast<double>(classes_)));
  for (std::int64_t n = 0; n < std::ssize(labels); ++n)
    d_logits.sample(n)[labels[n]] += static_cast<float>(weight * (1 - smoothing_));
  softmax_.backward(d_logits.samples(), log_probability_.data(), d_logits.data(), d_logits.data());
}

void CrossEntropy::check(std::span<const std::int32_t> labels) const {
  for (const std::int32_t label : labels)
    if (label < 0 || label >= classes_)
      throw UserError("a sample has label " + std::to_string(label),
                      "the network has classes 0 to " + std::to_string(classes_ - 1));
}

}  // namespace acrtc::network
