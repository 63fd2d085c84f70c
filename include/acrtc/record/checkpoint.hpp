#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "acrtc/record/log_mark.hpp"
#include "acrtc/train/training_state.hpp"

namespace acrtc::record {

/// A run between two steps, as a file holds it.
struct Checkpoint {
  std::string program;                                              ///< version and commit that wrote it
  std::string configuration;                                        ///< every setting in force, as TOML
  double test_accuracy = std::numeric_limits<double>::quiet_NaN();  ///< after the last whole epoch; NaN before
  bool log_ends_here = false;  ///< what the log has of later steps is void: the run was rolled back to this one
  LogMark log = {};            ///< where the run's log stood
  train::TrainingState state;
};

/// The file's bytes, in this machine's representation: the text `acrtc-checkpoint`, format version, length and checksum
/// of what follows, then all of the checkpoint.
std::vector<std::byte> encode(const Checkpoint& checkpoint);
/// Throws UserError naming `origin` where the bytes are cut, altered, of another format or of another version.
Checkpoint decode(std::span<const std::byte> bytes, const std::string& origin);

std::vector<std::byte> read_file(const std::filesystem::path& path);
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// The checkpoints of one run in one folder, `step-0000000120.checkpoint` each, and the one with the best test accuracy
/// in `best.checkpoint`. A file appears as a whole or not at all, also where the machine loses its power.
class CheckpointFolder {
 public:
  /// `keep`: how many of the last ones stay, at least one. Makes the folder with the first file.
  CheckpointFolder(std::filesystem::path folder, std::int64_t keep) : folder_(std::move(folder)), keep_(keep) {}

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path best() const { return folder_ / "best.checkpoint"; }
  /// All but the best, the latest step first.
  std::vector<std::filesystem::path> list() const;

  /// Removes all but the last ones up to this; a later one was of no use when the run went on from an earlier one.
  /// Throws UserError where it cannot be written; all others stay then.
  void write(const Checkpoint& checkpoint);
  void write_best(const Checkpoint& checkpoint);
  /// Removes the files of this folder that a run made, whole or not, and the folder itself where it is empty then.
  void clear();

 private:
  std::filesystem::path folder_;
  std::int64_t keep_;
};

}  // namespace acrtc::record
