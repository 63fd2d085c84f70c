#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acrtc/base/registry.hpp"
#include "acrtc/reuse/strength.hpp"

namespace acrtc::control {

/// The phase of training, as far as a policy knows one. Logged as its number.
enum class Phase { warm_up, descent, plateau, convergence };
inline constexpr const char* phase_names[] = {"warm_up", "descent", "plateau", "convergence"};

/// Why a policy decided. Logged as its number.
enum class Reason {
  start,               ///< the first decision
  scheduled,           ///< an epoch of the schedule was reached
  loss_stalled,        ///< the loss stopped falling
  loss_falling,        ///< the loss falls again
  learning_rate_drop,  ///< the learning rate fell by 2 or more
  warm_up_over,        ///< the learning rate stopped rising and the loss windows are full
  converging,          ///< plateau at a tenth of the largest learning rate or below
  probe_error,         ///< the measured error of reuse crossed its bound
  learning_rate_rise,  ///< the learning rate rises again: another warm-up
};
inline constexpr const char* reason_names[] = {"start",        "scheduled",          "loss_stalled",
                                               "loss_falling", "learning_rate_drop", "warm_up_over",
                                               "converging",   "probe_error",        "learning_rate_rise"};

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// What a controller sees of one finished step: values reduced over all nodes, the same on every rank.
struct Observation {
  std::int64_t step = 0;  ///< from 0
  std::int64_t epoch = 0;
  std::int64_t steps_per_epoch = 1;
  double loss = 0, accuracy = 0;             ///< means over the global batch
  double learning_rate = 0;                  ///< of this step
  double max_learning_rate = 0;              ///< the largest of the whole run
  double gradient_norm = unknown;            ///< of the mean gradient
  double mean_node_gradient_norm = unknown;  ///< mean over nodes of their own gradients' norms
  double mults_avoided = 0;                  ///< share of multiplications
  double time_saved = 0;                     ///< share of emulated time
  double probe_error = unknown;              ///< relative error of sampled GEMMs under reuse, where this step probed
  double probe_gradient_error = unknown;     ///< of the weight gradients among them
};

/// The numbers at hand when a decision was made; unknown (NaN) where there are none. What the loss shows is the
/// policy's, the rest the trainer's, of whatever the policy made use.
struct Evidence {
  double z = unknown;            ///< fall of the loss between two windows, in standard errors; infinite without noise
  double loss_mean = unknown;    ///< of the last window
  double loss_slope = unknown;   ///< change of the loss a step from the middle of one window to that of the next
  double probe_error = unknown;  ///< of the last probe
  double probe_gradient_error = unknown;  ///< of the last probe of a weight gradient
  double noise = unknown;  ///< mean norm of the nodes' own gradients by the norm of their mean: 1 where all agree
};

/// One decision for all nodes, in force from the next step on.
struct Decision {
  std::int64_t step = 0;  ///< the first step it holds for
  Phase phase = Phase::warm_up;
  reuse::RoleStrengths strengths;
  Reason reason = Reason::start;
  Evidence evidence;
};

/// What a policy must know before the run begins.
struct PolicyContext {
  int max_level = 0;  ///< of the scheme in the run's format
};

/// Decides how strongly to reuse: a pure function of what it has observed, so that a log replays it. One .cpp in
/// src/control/policies with one Registration<Policy> line.
class Policy {
 public:
  static constexpr const char* kind = "controller";
  using Factory = std::function<std::unique_ptr<Policy>(const Settings&, const PolicyContext&)>;

  virtual ~Policy() = default;

  /// The decision in force for step 0.
  virtual Decision start() = 0;
  /// Called once a step, in order. A decision only where the phase or a strength changes; levels lie in
  /// 0..max_level or are off.
  virtual std::optional<Decision> observe(const Observation& observation) = 0;

  /// Everything that later decisions depend on: part of a checkpoint. restore() throws UserError for bytes that a
  /// policy of this kind has not saved.
  virtual std::vector<std::byte> save() const = 0;
  virtual void restore(std::span<const std::byte> state) = 0;
};

}  // namespace acrtc::control
