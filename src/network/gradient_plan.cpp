#include "gradient_plan.hpp"

#include <algorithm>

namespace acrtc::network {
namespace {

class Planner {
 public:
  explicit Planner(std::span<const GraphNode> nodes) : nodes_(nodes) {
    plan_.gradient.assign(nodes.size(), -1);
    plan_.targets.resize(nodes.size());
  }

  GradientPlan run() {
    if (!nodes_.empty()) plan_.gradient.back() = take(nodes_.back().elements);
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      if (plan_.gradient[i] < 0 || !nodes_[i].requires_gradient) continue;
      for (const int input : nodes_[i].inputs) plan_.targets[i].push_back(target(input));
      for (const auto& target : plan_.targets[i])
        if (target.adds) free_.push_back(target.buffer);
      free_.push_back(plan_.gradient[i]);
    }
    return std::move(plan_);
  }

 private:
  GradientPlan::Target target(int input) {
    if (input < 0 || !nodes_[input].requires_gradient) return {};
    int& gradient = plan_.gradient[input];
    if (gradient >= 0) return {take(nodes_[input].elements), true};
    gradient = take(nodes_[input].elements);
    return {gradient, false};
  }

  /// The free buffer that has to grow least, or a new one.
  int take(std::int64_t elements) {
    const auto waste = [&](int buffer) { return std::abs(plan_.elements[buffer] - elements); };
    const auto best = std::ranges::min_element(free_, {}, waste);
    if (best == free_.end()) {
      plan_.elements.push_back(elements);
      return static_cast<int>(plan_.elements.size()) - 1;
    }
    const int buffer = *best;
    free_.erase(best);
    plan_.elements[buffer] = std::max(plan_.elements[buffer], elements);
    return buffer;
  }

  std::span<const GraphNode> nodes_;
  GradientPlan plan_;
  std::vector<int> free_;
};

}  // namespace

GradientPlan plan_gradients(std::span<const GraphNode> nodes) { return Planner(nodes).run(); }

}  // namespace acrtc::network
