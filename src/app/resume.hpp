#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acrtc/record/checkpoint.hpp"
#include "configuration.hpp"

namespace acrtc::app {

/// Where a run goes on.
struct ResumePoint {
  std::optional<record::Checkpoint> checkpoint;  ///< nothing = from its first step
  bool has_log = false;                          ///< one whose rows stay
  bool log_is_damaged = false;                   ///< one that cannot be gone on with
  std::string cpu_isa;                           ///< that the log's rows were computed on
  std::vector<std::string> passed_over;          ///< what was not used, and why
};

/// What a run left behind it.
struct Remains {
  std::filesystem::path log;
  record::CheckpointFolder checkpoints;
};

/// The latest checkpoint of the run that is whole, of this configuration and covered by the log; without one the run
/// begins anew. Throws UserError where the log is of another configuration.
ResumePoint find_resume_point(const Remains& remains, const Configuration& configuration);

/// That checkpoint, or a UserError that says why not.
ResumePoint resume_from(const std::filesystem::path& checkpoint, const Remains& remains,
                        const Configuration& configuration);

/// Where a run that diverged goes on: the oldest of its last checkpoints, as weights have mostly grown for a while
/// before they overflow; rewritten with half the learning rate, which removes later ones. No checkpoint where there is
/// none or the rate has been halved too often.
ResumePoint rolled_back(Remains remains, const Configuration& configuration);

/// Moves a log that cannot be gone on with out of the way; returns where to.
std::filesystem::path set_aside(const std::filesystem::path& log);

}  // namespace acrtc::app
