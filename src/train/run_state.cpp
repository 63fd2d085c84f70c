#include <algorithm>
#include <string>

#include "acrtc/base/error.hpp"
#include "scheme_memories.hpp"
#include "summation_tree.hpp"
#include "training_run.hpp"

namespace acrtc::train {
namespace {

std::vector<float> copy_of(std::span<const float> values) { return {values.begin(), values.end()}; }

/// `what` is counted, such as `weights`.
void check_size(const std::string& what, std::size_t saved, std::size_t own) {
  if (saved != own)
    throw UserError("cannot go on from this state",
                    "it has " + std::to_string(saved) + " " + what + ", the run has " + std::to_string(own),
                    "is it of another run");
}

void restore_values(const std::string& what, const std::vector<float>& saved, std::span<float> own) {
  check_size(what, saved.size(), own.size());
  std::ranges::copy(saved, own.begin());
}

}  // namespace

TrainingState TrainingRun::state() {
  TrainingState state;
  state.step = place_.step;
  state.wall_seconds = wall_seconds();
  state.loss_scale = loss_scale_.state();
  state.learning_rate_factor = learning_rate_factor_;
  state.decision = decision_;
  state.probe = probe_;
  state.policy = parts_.policy.save();
  state.epoch = epoch_;
  state.epoch.wall_seconds = state.wall_seconds - epoch_began_;
  state.interval = intervals_.open();
  state.memories = gather_memories(parts_.network.gemms(), parts_.ranks);
  weights_.complete_state();
  if (!is_root()) return state;
  state.weights = copy_of(parts_.network.parameters().values());
  for (const auto array : parts_.optimizer.state()) state.optimizer.push_back(copy_of(array));
  return state;
}

void TrainingRun::restore(const TrainingState& state) {
  const auto own = parts_.optimizer.state();
  check_size("arrays of the optimizer", state.optimizer.size(), own.size());
  for (std::size_t i = 0; i < own.size(); ++i) restore_values("values of the optimizer", state.optimizer[i], own[i]);
  restore_values("weights", state.weights, parts_.network.parameters().values());
  parts_.network.parameters().touch();
  parts_.policy.restore(state.policy);
  if (!state.interval.nodes.empty()) {
    check_size("nodes", state.interval.nodes.size(), static_cast<std::size_t>(options_.nodes));
    for (const auto& node : state.interval.nodes)
      check_size("matrix products", node.size(), parts_.network.gemms().list().size());
  }
  intervals_.restore(state.interval);
  restore_memories(state.memories, nodes_of_rank(parts_.ranks.rank(), options_.nodes, parts_.ranks.size()), parts_);
  loss_scale_.restore(state.loss_scale);
  learning_rate_factor_ = state.learning_rate_factor;
  set_strengths(state.decision);
  probe_ = state.probe;
  place_ = {state.step, state.step / length_.steps_per_epoch, state.step % length_.steps_per_epoch};
  epoch_ = state.epoch;
  wall_seconds_before_ = state.wall_seconds;
  epoch_began_ = state.wall_seconds - state.epoch.wall_seconds;
  begun_ = true;
}

}  // namespace acrtc::train
