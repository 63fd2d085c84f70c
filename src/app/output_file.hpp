#pragma once

#include <filesystem>
#include <vector>

#include "acrtc/store/file.hpp"

namespace acrtc::app {

/// Checks, without making anything, that a file can be written to `path`. Throws UserError where something is there and
/// `existing` refuses it, or where no file can lie there.
void check_output(const std::filesystem::path& path, store::Existing existing);

/// The same for files that are written side by side. Throws UserError, too, where two of them are one file: the later
/// one would destroy the earlier.
void check_outputs(const std::vector<std::filesystem::path>& paths, store::Existing existing);

/// Makes the folder that `path` is to lie in, where it is missing. Throws UserError.
void make_folder_of(const std::filesystem::path& path);

/// Removes what a killed process has left of writing to `path`. Nobody else may be writing to it.
void remove_unfinished(const std::filesystem::path& path);

/// `runs/a.h5` and `weights` make `runs/a.weights.h5`.
std::filesystem::path sibling(const std::filesystem::path& path, const std::string& kind);

}  // namespace acrtc::app
