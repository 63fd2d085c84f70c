#include "training_run.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "acrtc/base/bytes.hpp"
#include "divergence.hpp"
#include "epoch_record.hpp"
#include "observation.hpp"
#include "summation_tree.hpp"
#include "weights_hash.hpp"

namespace acrtc::train {
TrainingRun::TrainingRun(const TrainParts& parts, const TrainOptions& options, RunObserver& observer)
    : parts_(parts),
      options_(options),
      observer_(observer),
      length_(run_length(parts.dataset, options)),
      threads_(parts.network.gemms().engine().threads()),
      shared_(share_parameters(parts.network.parameters(), parts.ranks)),
      gradients_(shared_.gradients,
                 {.nodes = options.nodes,
                  .sync = options.sync,
                  .bucket = options.bucket,
                  .threads = threads_,
                  .trained = parts.network.parameters().trained_size()},
                 parts.ranks),
      intervals_(options.sample_every, nodes_of_rank(parts.ranks.rank(), options.nodes, parts.ranks.size()),
                 parts.ranks, [this](const LayerRecord& record) { observer_.on_layers(record); }),
      weights_(shared_, parts.network.parameters(), parts.optimizer, gradients_, parts.ranks),
      passes_(parts, options, gradients_, intervals_),
      account_(parts, gradients_.buckets()),
      strengths_(options.rules, parts.network.gemms().list()),
      loss_scale_(parts.network.gemms().options().format, options.initial_loss_scale, options.loss_scale_window) {}

Outcome TrainingRun::run() {
  compare_weights();
  if (!std::exchange(begun_, true)) follow(parts_.policy.start());
  while (place_.step < length_.total_steps)
    if (run_epoch() == Outcome::interrupted) return Outcome::interrupted;
  return Outcome::finished;
}

/// Ranks bring each other what they have moved: weights that differ before would be alike after a step, which has taken
/// the gradient of both.
void TrainingRun::compare_weights() const {
  if (parts_.ranks.size() == 1) return;
  observer_.on_activity(place_.step, "the comparison of weights");
  const auto own = weights_hash(parts_.network.parameters().values(), threads_);
  std::vector<std::uint64_t> hashes;
  for (const auto& message : parts_.ranks.all_gather(std::as_bytes(std::span(&own, 1)))) {
    std::span<const std::byte> bytes = message;
    take(bytes, std::span(&hashes.emplace_back(), 1));
  }
  require_same_weights(hashes, "before step " + std::to_string(place_.step));
}

/// Runs the steps of an epoch that are left. An epoch, or an interval, that is cut short has no record: whoever goes on
/// from there ends it.
Outcome TrainingRun::run_epoch() {
  const auto steps = std::min(length_.steps_per_epoch - place_.step_of_epoch, length_.total_steps - place_.step);
  EpochBatches batches(parts_, options_, place_, steps);
  for (bool ended = false; !ended;) {
    add_step(run_step(place_, batches), epoch_, place_.step_of_epoch);
    ++place_.step;
    ++place_.step_of_epoch;
    ended = place_.step == length_.total_steps || place_.step_of_epoch == length_.steps_per_epoch;
    if (ended) end_epoch();
    const Wish wish = agreed_wish();
    if (wish == Wish::save || wish == Wish::leave) tell_state();
    if (wish >= Wish::leave && place_.step < length_.total_steps) return Outcome::interrupted;
  }
  return Outcome::finished;
}

/// Weights that no run could go on from are not told: they would push out the last ones that are good.
void TrainingRun::tell_state() {
  observer_.on_activity(place_.step - 1, "the saving of its state");
  check_weights(place_.step - 1);
  TrainingState told = state();
  if (is_root()) observer_.on_state(told);
}

Wish TrainingRun::agreed_wish() {
  observer_.on_activity(place_.step - 1, "the agreement on what follows");
  return static_cast<Wish>(parts_.ranks.max(static_cast<std::int64_t>(observer_.after_step())));
}

StepRecord TrainingRun::run_step(const StepPlace& place, EpochBatches& batches) {
  const double scale = loss_scale_.scale();
  observer_.on_activity(place.step, "forward and backward");
  gradients_.begin_step(1 / (static_cast<double>(options_.nodes * options_.micro_batches) * scale));
  StepReport own = passes_.run(place, batches, scale);  // forward, backward; gradients are on their way
  observer_.on_activity(place.step, "the sum of gradients");
  const double gradient_norm = gradients_.finish();  // of the mean over all nodes
  parts_.ranks.fail_together([&] { passes_.rethrow_failure(); });

  observer_.on_activity(place.step, "the spreading of weights");
  const auto update = move_weights(place.step, gradient_norm);
  own.weights_hash = hash_if_due(place.step);
  observer_.on_activity(place.step, "the gathering of reports");
  const StepReport all = gather(own, place.step, parts_.ranks);
  StepRecord record = make_record(place, all, update);
  record.loss_scale = scale;
  record.gradient_norm = gradient_norm;
  if (!record.skipped && !std::isfinite(record.loss)) throw diverged(place.step, "its loss is not finite");
  if (is_root()) observer_.on_step(record);
  intervals_.end_step(place.step);

  if (!std::isnan(record.probe.error)) probe_.error = record.probe.error;
  if (!std::isnan(record.probe.gradient_error)) probe_.gradient_error = record.probe.gradient_error;
  const auto seen = observe(record, {length_.steps_per_epoch, parts_.learning_rate.max()});
  if (const auto decision = parts_.policy.observe(seen)) follow(with_evidence(*decision, seen));
  return record;
}

void TrainingRun::end_epoch() {
  check_weights(place_.step - 1);
  intervals_.close();
  observer_.on_activity(place_.step - 1, "the test after the epoch");
  const auto [loss, replaced_samples] = evaluate(
      parts_.network, parts_.dataset, {.batch = options_.micro_batch(), .loading = options_.loading}, parts_.ranks);
  const auto samples = static_cast<double>(loss.samples);
  epoch_.epoch = place_.epoch++;
  epoch_.test_loss = loss.loss / samples;
  if (loss.samples > 0 && !std::isfinite(epoch_.test_loss))
    throw diverged(place_.step - 1, "the loss of the test after it is not finite");
  epoch_.test_accuracy = static_cast<double>(loss.correct) / samples;
  const double now = wall_seconds();
  epoch_.wall_seconds = now - std::exchange(epoch_began_, now);
  epoch_.replaced_samples += replaced_samples;
  if (is_root()) observer_.on_epoch(epoch_);
  if (epoch_.replaced_samples > 0 && !std::exchange(damage_told_, true)) tell_damage();
  epoch_ = {};
  place_.step_of_epoch = 0;
}

/// The first that the lowest rank has found stands for all.
void TrainingRun::tell_damage() {
  const auto messages = parts_.dataset.damage().messages;
  const std::string own = messages.empty() ? "" : messages.front();
  dataset::Damage damage{static_cast<std::int64_t>(epoch_.replaced_samples), {}};
  for (const auto& text : parts_.ranks.gather(std::as_bytes(std::span(own)), 0))
    if (damage.messages.empty() && !text.empty())
      damage.messages.emplace_back(reinterpret_cast<const char*>(text.data()), text.size());
  if (is_root()) observer_.on_damage(damage);
}

/// Losses and gradients need not tell of them: ReLU makes zero of what a bias of minus infinity gives, for ever.
void TrainingRun::check_weights(std::int64_t step) const {
  if (!weights_are_finite(parts_.network.parameters())) throw diverged(step, "its weights are not finite");
}

Divergence TrainingRun::diverged(std::int64_t step, const std::string& otherwise) const {
  return divergence(step, parts_, passes_.layer_at_fault(), otherwise);
}

StepAccount::Update TrainingRun::move_weights(std::int64_t step, double gradient_norm) {
  if (!std::isfinite(gradient_norm)) {
    if (!loss_scale_.back_off()) throw diverged(step, "its gradient is not finite");
    return StepAccount::Update::skipped;
  }
  const double average_factor = loss_scale_.scale();  // the sum was divided by it, as if averages were gradients
  weights_.run({step, learning_rate(step), threads_}, average_factor);
  loss_scale_.count_good_step();
  return StepAccount::Update::done;
}

std::uint64_t TrainingRun::hash_if_due(std::int64_t step) {
  const bool last_of_epoch = (step + 1) % length_.steps_per_epoch == 0 || step + 1 == length_.total_steps;
  const bool due = last_of_epoch || (options_.verify_every > 0 && step % options_.verify_every == 0);
  return due ? weights_hash(parts_.network.parameters().values(), threads_) : 0;
}

StepRecord TrainingRun::make_record(const StepPlace& place, const StepReport& all, StepAccount::Update update) const {
  StepRecord record = account_.record(all, update);
  record.step = place.step;
  record.epoch = place.epoch;
  record.phase = decision_.phase;
  record.learning_rate = learning_rate(place.step);
  record.skipped = update == StepAccount::Update::skipped;
  record.wall_seconds = wall_seconds();
  record.samples = (place.step + 1) * options_.nodes * options_.batch;
  return record;
}

control::Decision TrainingRun::with_evidence(control::Decision decision, const control::Observation& seen) const {
  decision.evidence.probe_error = probe_.error;
  decision.evidence.probe_gradient_error = probe_.gradient_error;
  decision.evidence.noise = seen.mean_node_gradient_norm / seen.gradient_norm;
  return decision;
}

void TrainingRun::follow(const control::Decision& decision) {
  if (decision.strengths != decision_.strengths) intervals_.close();
  set_strengths(decision);
  if (is_root()) observer_.on_decision(decision);
}

/// Levels above the scheme's largest act like it, and are priced and logged as it.
void TrainingRun::set_strengths(const control::Decision& decision) {
  auto& gemms = parts_.network.gemms();
  decision_ = decision;
  const reuse::Strength largest{parts_.scheme.max_level(gemms.options().format)};
  auto strengths = strengths_.strengths(decision.strengths);
  for (auto& strength : strengths) strength = std::min(strength, largest);
  gemms.set_strengths(std::move(strengths));
}

double TrainingRun::wall_seconds() const {
  return wall_seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

}  // namespace acrtc::train
